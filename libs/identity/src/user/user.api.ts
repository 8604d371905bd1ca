import { DatiUtente, ElencoUtenti, FiltriUtenti, Motivazione, NuovaPassword, NuovoUtente, ProfileId, RuoloUtente, UserId, Utente, type Role, type RoleAssignment, type UserDetails } from '@geres/contracts';
import { fold, whole, type Head } from '@geres/kernel';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { failHttp, IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ulid } from 'ulid';
import { IDENTITY, metaOf, permit, scopeOf } from '../admin/acting.js';
import { checkPlace } from '../admin/places.js';
import { administers, administersAlone, mayAssign, reaches, stopsIn } from '../admin/scope.domain.js';
import type { Identity } from '../identity.js';
import { profile, profileStream } from '../profile/profile.domain.js';
import { checkShape, user, userStream, type EnrolledUser } from './user.domain.js';
import { failUser } from './user.problems.js';
import { assignmentOf, userView } from './user.view.js';
import { listUsers } from './list.js';

const detailsOf = ({ login, nome, cognome, codiceFiscale, email }: DatiUtente): UserDetails => ({
  login,
  name: nome,
  surname: cognome,
  ...(codiceFiscale === undefined ? {} : { codiceFiscale }),
  ...(email === undefined ? {} : { email }),
});

/** Users, for those who administer them: GESTORE its TOP, TOP any of its Comune, ADMIN its AUTORIZZATI. */
@ApiTags('Utenti')
@ApiBearerAuth()
@Controller('amministrazione/v1/utenti')
@Roles('GESTORE', 'TOP', 'ADMIN')
export class UserApi {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Gli utenti che si amministrano' })
  @ApiOkResponse({ standardSchema: ElencoUtenti })
  list(@Query({ schema: FiltriUtenti }) filters: FiltriUtenti, @CallerOf() caller: Caller): Promise<object> {
    return listUsers(this.identity, scopeOf(caller), filters, this.clock());
  }

  @Get(':id')
  @ApiOperation({ summary: 'Un utente' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente')
  one(@Param('id', { schema: UserId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    return this.view(id, caller);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Registra un utente con il suo primo ruolo' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('nome-utente-in-uso', 'codice-fiscale-in-uso', 'ruolo-non-coerente', 'comune-assente', 'ente-assente', 'applicazione-assente', 'applicazione-di-altro-ente', 'password-troppo-corta', 'password-con-login')
  async enrol(@Body({ schema: NuovoUtente }) body: NuovoUtente, @CallerOf() caller: Caller): Promise<object> {
    const assignment = await this.assignable(body.ruolo, caller);
    const id = ulid(this.clock().getTime());
    const password = body.passwordIniziale === undefined ? {} : { password: { text: body.passwordIniziale, mustChange: true } };
    const { position } = await this.identity.users.enrol(id, detailsOf(body), metaOf(caller), { assignment, ...password });
    return this.shown(id, caller, position);
  }

  @Put(':id')
  @ApiOperation({ summary: 'Cambia nome utente, nome o recapiti' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'nome-utente-in-uso', 'codice-fiscale-in-uso')
  async change(@Param('id', { schema: UserId }) id: string, @Body({ schema: DatiUtente }) body: DatiUtente, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    permit(administersAlone(scopeOf(caller), (await this.load(id, caller)).state));
    const { position } = await this.identity.users.change(id, detailsOf(body), metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/password')
  @HttpCode(200)
  @ApiOperation({ summary: 'Dà una password iniziale, da cambiare al primo accesso' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'password-troppo-corta', 'password-con-login')
  async password(@Param('id', { schema: UserId }) id: string, @Body({ schema: NuovaPassword }) { passwordIniziale }: NuovaPassword, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    permit(administersAlone(scopeOf(caller), (await this.load(id, caller)).state));
    const { position } = await this.identity.users.setPassword(id, passwordIniziale, true, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/ruoli')
  @HttpCode(200)
  @ApiOperation({ summary: 'Assegna un ruolo' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'ruolo-non-coerente', 'comune-assente', 'ente-assente', 'applicazione-assente', 'applicazione-di-altro-ente')
  async assign(@Param('id', { schema: UserId }) id: string, @Body({ schema: RuoloUtente }) body: RuoloUtente, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const assignment = await this.assignable(body, caller);
    const { position } = await this.identity.users.run({ type: 'assign-role', user: id, assignment }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/ruoli/rimozione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Toglie un ruolo, con i profili che ne dipendono' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'ruolo-assente', 'non-su-se-stessi')
  async unassign(@Param('id', { schema: UserId }) id: string, @Body({ schema: RuoloUtente }) body: RuoloUtente, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const assignment = assignmentOf(body);
    permit(mayAssign(scopeOf(caller), assignment));
    notOneself(id, caller);
    const { position } = await this.identity.users.run({ type: 'remove-role', user: id, assignment }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Put(':id/profili/:profilo')
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'Assegna un profilo a un AUTORIZZATO' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'profilo-non-assegnabile', 'non-autorizzato-per-ente')
  async giveProfile(@Param('id', { schema: UserId }) id: string, @Param('profilo', { schema: ProfileId }) profileId: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const state = fold(profile, (await whole(this.identity.store.read(profileStream(profileId)))).events);
    if (state.status === 'absent' || !reaches(scopeOf(caller), state)) throw failUser('profilo-non-assegnabile');
    await this.load(id, caller);
    const { position } = await this.identity.users.assignProfile(id, { profile: profileId, comune: state.comune, ente: state.ente }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Delete(':id/profili/:profilo')
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'Toglie un profilo' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente')
  async takeProfile(@Param('id', { schema: UserId }) id: string, @Param('profilo', { schema: ProfileId }) profileId: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const { state } = await this.load(id, caller);
    const given = state.profiles.find((known) => known.profile === profileId);
    permit(given === undefined || reaches(scopeOf(caller), given));
    const { position } = await this.identity.users.run({ type: 'remove-profile', user: id, profile: profileId }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/disabilitazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disabilita: TOP e ADMIN nel proprio Comune, GESTORE ovunque' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'non-su-se-stessi')
  async disable(@Param('id', { schema: UserId }) id: string, @Body({ schema: Motivazione }) { motivo }: Motivazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    notOneself(id, caller);
    const { position } = await this.identity.users.run({ type: 'disable', user: id, reason: motivo, ...(await this.stops(id, caller)) }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/abilitazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Riabilita: TOP e ADMIN nel proprio Comune, GESTORE ovunque' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente', 'disabilitato-da-altri')
  async enable(@Param('id', { schema: UserId }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const { position } = await this.identity.users.run({ type: 'enable', user: id, ...(await this.stops(id, caller)) }, metaOf(caller), { expected });
    return this.shown(id, caller, position);
  }

  @Post(':id/sblocco')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sblocca dopo troppi tentativi di accesso' })
  @ApiOkResponse({ standardSchema: Utente })
  @Problems('utente-assente')
  async unlock(@Param('id', { schema: UserId }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const { state } = await this.load(id, caller);
    permit(administersAlone(scopeOf(caller), state));
    const { position } = await this.identity.users.run({ type: 'unlock', user: id }, metaOf(caller), { expected });
    await this.identity.attempts.forget(state.loginTag);
    return this.shown(id, caller, position);
  }

  /** A role that the caller may give, in a place that is there. */
  private async assignable(body: RuoloUtente, caller: Caller): Promise<RoleAssignment> {
    const assignment = assignmentOf(body);
    checkShape(assignment);
    permit(mayAssign(scopeOf(caller), assignment));
    await checkPlace(this.identity.store, assignment);
    return assignment;
  }

  private async stops(id: string, caller: Caller): Promise<{ readonly by: Role; readonly comune?: string }> {
    const stopped = stopsIn(scopeOf(caller), (await this.load(id, caller)).state);
    if (!stopped) throw failHttp('non-autorizzato');
    return stopped;
  }

  private async view(id: string, caller: Caller): Promise<object> {
    await this.load(id, caller);
    return this.shown(id, caller);
  }

  private async shown(id: string, caller: Caller, position?: string): Promise<object> {
    const { readModels, users } = this.identity;
    await Promise.all([readModels.seen('users', position), readModels.seen('roleHolders', position)]);
    const { state, head } = await this.read(id);
    return tagged(head, userView(id, state, await users.details(id, state), scopeOf(caller), this.clock()));
  }

  /** A user out of reach is, for whoever asks, not there. */
  private async load(id: string, caller: Caller): Promise<{ readonly state: EnrolledUser; readonly head: Head }> {
    const { state, head } = await this.read(id);
    if (!administers(scopeOf(caller), state)) throw failUser('utente-assente', { utente: id });
    return { state, head };
  }

  private async read(id: string): Promise<{ readonly state: EnrolledUser; readonly head: Head }> {
    const { events, head } = await whole(this.identity.store.read(userStream(id)));
    const state = fold(user, events);
    if (state.status === 'absent') throw failUser('utente-assente', { utente: id });
    return { state, head };
  }
}

/** Whoever stopped itself would leave its Comune without anybody to undo it. */
function notOneself(id: string, caller: Caller): void {
  if (caller.user === id) throw failUser('non-su-se-stessi');
}
