import { ContenutoProfilo, ElencoProfili, NuovoProfilo, Profilo, ProfileId, type ProfileTerms } from '@geres/contracts';
import { fold, handle, whole, type HandleOptions, type Head } from '@geres/kernel';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ulid } from 'ulid';
import { comuneOf, IDENTITY, metaOf, scopeOf } from '../admin/acting.js';
import { reaches } from '../admin/scope.domain.js';
import { convention, conventionStream, type OpenConvention } from '../convention/convention.domain.js';
import { failConvention } from '../convention/convention.problems.js';
import type { Identity } from '../identity.js';
import type { ProfileRow } from '../read-models/projections.js';
import { profile, profileStream, type ProfileCommand } from './profile.domain.js';
import { failProfile } from './profile.problems.js';

const STATES = { defined: 'definito', withdrawn: 'ritirato' } as const;

const viewOf = (id: string, { status, convention: of, comune, ente, terms }: ProfileRow): Profilo => ({
  id,
  convenzione: of,
  comune,
  ente,
  stato: STATES[status],
  nome: terms.name,
  servizi: terms.services.map(({ service, modes }) => ({ servizio: service, modalita: modes })),
  ...(terms.purposes === undefined ? {} : { motivi: terms.purposes }),
});

const termsOf = ({ nome, servizi, motivi }: ContenutoProfilo): ProfileTerms => ({
  name: nome,
  services: servizi.map(({ servizio, modalita }) => ({ service: servizio, modes: modalita })),
  ...(motivi === undefined ? {} : { purposes: motivi }),
});

/** Subsets of a convention, defined by the Comune. */
@ApiTags('Profili')
@ApiBearerAuth()
@Controller('amministrazione/v1/profili')
@Roles('TOP')
export class ProfileApi {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'I profili: del Comune per il TOP, del proprio Ente per l’ADMIN' })
  @ApiOkResponse({ standardSchema: ElencoProfili })
  async list(@CallerOf() caller: Caller): Promise<object> {
    const scope = scopeOf(caller);
    const { rows } = await this.identity.readModels.rows.profiles.find({ equal: { comune: comuneOf(caller) }, limit: 1000 });
    return { profili: rows.filter(({ row }) => reaches(scope, row)).map(({ id, row }) => viewOf(id, row)) };
  }

  @Get(':id')
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'Un profilo' })
  @ApiOkResponse({ standardSchema: Profilo })
  @Problems('profilo-assente')
  one(@Param('id', { schema: ProfileId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    return this.view(id, caller);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Definisce un profilo di una convenzione' })
  @ApiOkResponse({ standardSchema: Profilo })
  @Problems('convenzione-assente', 'profilo-oltre-convenzione', 'profilo-ripetuto')
  async define(@Body({ schema: NuovoProfilo }) body: NuovoProfilo, @CallerOf() caller: Caller): Promise<object> {
    const ceiling = await this.ceiling(body.convenzione, caller);
    const id = ulid(this.clock().getTime());
    await this.run({ type: 'define', profile: id, convention: body.convenzione, comune: ceiling.comune, ente: ceiling.ente, terms: termsOf(body), ceiling: ceiling.terms }, caller);
    return this.view(id, caller);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Cambia ciò che un profilo consente' })
  @ApiOkResponse({ standardSchema: Profilo })
  @Problems('profilo-assente', 'profilo-ritirato', 'profilo-oltre-convenzione', 'profilo-ripetuto')
  async change(@Param('id', { schema: ProfileId }) id: string, @Body({ schema: ContenutoProfilo }) body: ContenutoProfilo, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const { row } = await this.load(id, caller);
    const { convention: of, comune, ente } = row;
    await this.run({ type: 'change', profile: id, convention: of, comune, ente, terms: termsOf(body), ceiling: (await this.ceiling(of, caller)).terms }, caller, { expected });
    return this.view(id, caller);
  }

  @Post(':id/ritiro')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ritira un profilo: non consente più nulla' })
  @ApiOkResponse({ standardSchema: Profilo })
  @Problems('profilo-assente')
  async withdraw(@Param('id', { schema: ProfileId }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const { convention: of, comune, ente } = (await this.load(id, caller)).row;
    await this.run({ type: 'withdraw', profile: id, convention: of, comune, ente }, caller, { expected });
    return this.view(id, caller);
  }

  private async run(command: ProfileCommand, caller: Caller, options: HandleOptions = {}): Promise<void> {
    const { position } = await handle(this.identity.store, profile, profileStream(command.profile), command, metaOf(caller), options);
    await this.identity.readModels.seen('profiles', position);
  }

  private async view(id: string, caller: Caller): Promise<object> {
    const { row, head } = await this.load(id, caller);
    return tagged(head, viewOf(id, row));
  }

  private async load(id: string, caller: Caller): Promise<{ readonly row: ProfileRow; readonly head: Head }> {
    const { events, head } = await whole(this.identity.store.read(profileStream(id)));
    const state = fold(profile, events);
    if (state.status === 'absent' || !reaches(scopeOf(caller), state)) throw failProfile('profilo-assente', { profilo: id });
    return { row: state, head };
  }

  private async ceiling(id: string, caller: Caller): Promise<OpenConvention> {
    const state = fold(convention, (await whole(this.identity.store.read(conventionStream(id)))).events);
    if (state.status === 'absent' || !reaches(scopeOf(caller), state)) throw failConvention('convenzione-assente', { convenzione: id });
    if (state.status === 'ended') throw failConvention('convenzione-terminata', { convenzione: id });
    return state;
  }
}
