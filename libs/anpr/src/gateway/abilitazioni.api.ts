import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Abilitazioni } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, RIGHTS, type Caller, type RightsState } from '@geres/platform/auth';
import { Problems } from '@geres/platform/http';
import type { Live } from '@geres/platform/projections';
import { GRANTS } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { standing as standingOf } from '../lookup/admission.domain.js';
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
    // Of each Comune only what holds: session, user and application are judged as a lookup there would be.
    const comuni = state.comuni.all();
    const standing = comuni.map(({ comune }) => standingOf({ ...who, comune }, { now, rights: state }));
    if (standing[0] === 'sessione-chiusa') throw failLookup('sessione-chiusa');
    const open = comuni.filter((_, index) => standing[index] === undefined);
    return { abilitazioni: abilitazioniOf(who, this.grants.state, open, now) };
  }
}
