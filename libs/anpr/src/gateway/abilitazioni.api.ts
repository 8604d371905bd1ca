import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Abilitazioni } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, RIGHTS, standingOf, type Caller, type RightsState } from '@geres/platform/auth';
import { Problems } from '@geres/platform/http';
import type { Live } from '@geres/platform/projections';
import { GRANTS } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { standing } from '../lookup/admission.domain.js';
import { failLookup } from '../lookup/lookup.problems.js';
import { FRESH_MS } from '../lookup/view.js';
import { abilitazioniOf } from './abilitazioni.js';
import { CallerResolver } from './caller.js';

@ApiTags('Abilitazioni')
@ApiBearerAuth()
@Controller('api/v1/abilitazioni')
export class AbilitazioniApi {
  constructor(
    @Inject(RIGHTS) private readonly rights: Live<RightsState>,
    @Inject(GRANTS) private readonly grants: Live<Grants>,
    @Inject(CallerResolver) private readonly callers: CallerResolver,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Che cosa può chiedere questo operatore con questa applicazione, per ogni Comune' })
  @ApiOkResponse({ standardSchema: Abilitazioni })
  @Problems('diritti-non-verificabili', 'sessione-chiusa', 'utente-non-abilitato', 'applicazione-non-abilitata')
  async list(@CallerOf() caller: Caller): Promise<object> {
    const who = await this.callers.lookupCaller(caller);
    const seen = await this.rights.canTell(({ sessions }) => sessions.has(who.session), FRESH_MS);
    if (!seen || !this.rights.fresh(FRESH_MS) || !this.grants.fresh(FRESH_MS)) throw failLookup('diritti-non-verificabili');
    const now = this.clock();
    const { state } = this.rights;
    const stopped = standingOf(state, caller, now);
    if (stopped) throw failLookup(stopped);
    // Of each Comune only what holds: who asks is judged as by a lookup there.
    const open = state.comuni.all().filter(({ comune }) => standing({ ...who, comune }, { now, rights: state }) === undefined);
    return { abilitazioni: abilitazioniOf(who, { rights: state, grants: this.grants.state, now }, open) };
  }
}
