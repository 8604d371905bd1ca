import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DettaglioRichiesta, ElencoRichieste, ElencoRichiesteFiltri, EsitoRicerca, LookupId, RicercaRichieste, SoggettoSvelato, SvelaSoggetto } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, holdsRole, RIGHTS, type Caller, type RightsState } from '@geres/platform/auth';
import { Problems } from '@geres/platform/http';
import type { Live } from '@geres/platform/projections';
import { ulid } from 'ulid';
import { listLookups, oneLookup } from './list.js';
import { failMonitoring } from './lookups.problems.js';
import type { Reader, ReadingPorts } from './ports.js';
import { revealSubject } from './reveal.js';
import { scopeOf, type Scope } from './scope.domain.js';
import { searchLookups } from './search.js';

export const READING = Symbol('ReadingPorts');

/** The archive of lookups, for those who answer for them. No rule lives here. */
@ApiTags('Richieste')
@ApiBearerAuth()
@Controller('monitoraggio/v1/richieste')
export class LookupsApi {
  constructor(
    @Inject(READING) private readonly ports: ReadingPorts,
    @Inject(RIGHTS) private readonly rights: Live<RightsState>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Le richieste, dalla più recente, con la persona oscurata', description: 'TOP: del suo Comune. ADMIN: del suo Ente in quel Comune. Strumenti di rendicontazione: del Comune per cui sono registrati.' })
  @ApiOkResponse({ standardSchema: ElencoRichieste })
  @Problems('monitoraggio-non-consentito', 'cursore-non-valido', 'periodo-non-valido')
  list(@Query({ schema: ElencoRichiesteFiltri }) filters: ElencoRichiesteFiltri, @CallerOf() caller: Caller): Promise<ElencoRichieste> {
    return listLookups(this.ports, this.scope(caller), filters);
  }

  @Post('ricerca')
  @HttpCode(200)
  @ApiOperation({ summary: 'Le richieste su una persona o per una pratica. La ricerca resta nell’archivio' })
  @ApiOkResponse({ standardSchema: EsitoRicerca })
  @Problems('monitoraggio-non-consentito', 'cursore-non-valido', 'periodo-non-valido', 'consultazione-non-registrata')
  search(@Body({ schema: RicercaRichieste }) asked: RicercaRichieste, @CallerOf() caller: Caller): Promise<EsitoRicerca> {
    return searchLookups(this.ports, this.scope(caller), this.reader(caller), asked);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Una richiesta con tutti i suoi eventi, in parole' })
  @ApiOkResponse({ standardSchema: DettaglioRichiesta })
  @Problems('monitoraggio-non-consentito', 'richiesta-non-trovata')
  one(@Param('id', { schema: LookupId }) id: string, @CallerOf() caller: Caller): Promise<DettaglioRichiesta> {
    return oneLookup(this.ports, this.scope(caller), id);
  }

  @Post(':id/soggetto')
  @HttpCode(200)
  @ApiOperation({ summary: 'La persona di una richiesta, in chiaro. La consultazione e il suo motivo restano nell’archivio' })
  @ApiOkResponse({ standardSchema: SoggettoSvelato })
  @Problems('monitoraggio-non-consentito', 'richiesta-non-trovata', 'soggetto-non-consultabile', 'soggetto-non-leggibile', 'convenzioni-non-verificabili', 'consultazione-non-registrata')
  reveal(@Param('id', { schema: LookupId }) id: string, @Body({ schema: SvelaSoggetto }) { motivo }: SvelaSoggetto, @CallerOf() caller: Caller): Promise<SoggettoSvelato> {
    return revealSubject(this.ports, this.scope(caller), this.reader(caller), id, motivo);
  }

  /** The role of the token counts while it is still held: one that was taken away sees nothing more, whatever its token says. */
  private scope(caller: Caller): Scope {
    const { user, role, application } = caller;
    const { state } = this.rights;
    const held = user === undefined || holdsRole(state, caller);
    const scope = held ? scopeOf({ user, role, application: state.applications.get(application) }) : undefined;
    if (!scope) throw failMonitoring('monitoraggio-non-consentito');
    return scope;
  }

  /** Each reading is a command of its own: its instant is that of the record. */
  private reader(caller: Caller): Reader {
    return { meta: () => caller.meta(ulid(this.clock().getTime())) };
  }
}
