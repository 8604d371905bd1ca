import { ApplicationId, Applicazione, ElencoApplicazioni, Kid, Motivazione, NuovaApplicazione, NuovaChiave } from '@geres/contracts';
import { fold, handle, whole, type HandleOptions, type Head } from '@geres/kernel';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { comuneOf, IDENTITY, metaOf, permit, scopeOf } from '../admin/acting.js';
import { isOfficeOf } from '../admin/scope.domain.js';
import type { Identity } from '../identity.js';
import { application, applicationStream, type ApplicationCommand, type RegisteredApplication } from './application.domain.js';
import { failApplication } from './application.problems.js';
import { publicJwk } from './public-key.js';

const viewOf = (clientId: string, { status, ente, name, grants, redirectUris, comune, keys }: RegisteredApplication): Applicazione => ({
  clientId,
  ente,
  nome: name,
  modiDiAccesso: [...grants],
  indirizziDiRitorno: [...redirectUris],
  ...(comune === undefined ? {} : { comune }),
  abilitata: status === 'enabled',
  chiavi: [...keys],
});

/** Software of the Enti: registered by the ADMIN, admitted into a convention by the TOP. */
@ApiTags('Applicazioni')
@ApiBearerAuth()
@Controller('amministrazione/v1/applicazioni')
@Roles('TOP', 'ADMIN')
export class ApplicationApi {
  constructor(@Inject(IDENTITY) private readonly identity: Identity) {}

  @Get()
  @ApiOperation({ summary: 'Le applicazioni: degli Enti convenzionati per il TOP, del proprio Ente per l’ADMIN' })
  @ApiOkResponse({ standardSchema: ElencoApplicazioni })
  async list(@CallerOf() caller: Caller): Promise<object> {
    const enti = await this.entiOf(caller);
    const pages = await Promise.all([...enti].map((ente) => this.identity.readModels.rows.applications.find({ equal: { ente }, limit: 1000 })));
    const within = pages.flatMap(({ rows }) => rows).filter(({ row: { comune } }) => comune === undefined || comune === comuneOf(caller));
    return { applicazioni: within.map(({ id, row }) => viewOf(id, row)) };
  }

  @Get(':clientId')
  @ApiOperation({ summary: 'Un’applicazione' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-assente')
  one(@Param('clientId', { schema: ApplicationId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    return this.view(id, caller);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Registra un’applicazione di un Ente' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-gia-registrata', 'modi-di-accesso-non-coerenti', 'redirect-non-ammesso', 'nome-riservato')
  async register(@Body({ schema: NuovaApplicazione }) { clientId, ente, nome, modiDiAccesso, indirizziDiRitorno, comune }: NuovaApplicazione, @CallerOf() caller: Caller): Promise<object> {
    permit((await this.entiOf(caller)).has(ente) && (comune === undefined || comune === comuneOf(caller)));
    const place = comune === undefined ? {} : { comune };
    return this.run({ type: 'register', application: clientId, ente, name: nome, grants: modiDiAccesso, redirectUris: indirizziDiRitorno, ...place }, caller);
  }

  @Post(':clientId/chiavi')
  @HttpCode(200)
  @ApiOperation({ summary: 'Aggiunge una chiave pubblica: PEM, X.509 o JWK' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-assente', 'chiave-non-leggibile', 'chiave-debole', 'chiave-gia-presente')
  async addKey(@Param('clientId', { schema: ApplicationId }) id: string, @Body({ schema: NuovaChiave }) { chiave, kid }: NuovaChiave, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    await this.owned(id, caller);
    return this.run({ type: 'add-key', application: id, key: await publicJwk(chiave, kid) }, caller, { expected });
  }

  @Delete(':clientId/chiavi/:kid')
  @ApiOperation({ summary: 'Toglie una chiave: non è più accettata' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-assente', 'chiave-assente')
  async removeKey(@Param('clientId', { schema: ApplicationId }) id: string, @Param('kid', { schema: Kid }) kid: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    await this.owned(id, caller);
    return this.run({ type: 'remove-key', application: id, kid }, caller, { expected });
  }

  @Post(':clientId/disabilitazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Disabilita un’applicazione del proprio Ente, per ogni Comune; il TOP gli strumenti di rendiconto del suo' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-assente')
  async disable(@Param('clientId', { schema: ApplicationId }) id: string, @Body({ schema: Motivazione }) { motivo }: Motivazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    await this.stoppable(id, caller);
    return this.run({ type: 'disable', application: id, reason: motivo }, caller, { expected });
  }

  @Post(':clientId/abilitazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Riabilita un’applicazione del proprio Ente; il TOP gli strumenti di rendiconto del suo Comune' })
  @ApiOkResponse({ standardSchema: Applicazione })
  @Problems('applicazione-assente')
  async enable(@Param('clientId', { schema: ApplicationId }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    await this.stoppable(id, caller);
    return this.run({ type: 'enable', application: id }, caller, { expected });
  }

  /** The ADMIN's own; for a TOP those that have a convention with its Comune. */
  private async entiOf(caller: Caller): Promise<ReadonlySet<string>> {
    const scope = scopeOf(caller);
    if (scope.ente !== undefined) return new Set([scope.ente]);
    const { rows } = await this.identity.readModels.rows.conventions.find({ equal: { comune: comuneOf(caller) }, limit: 1000 });
    return new Set(rows.filter(({ row }) => row.status !== 'ended').map(({ row }) => row.ente));
  }

  /** One application serves every Comune, so its keys are in the hands of its Ente; a TOP keeps those of its own offices and reporting tools. */
  private async owned(id: string, caller: Caller): Promise<void> {
    const { state } = await this.load(id, caller);
    const scope = scopeOf(caller);
    permit(scope.role === 'ADMIN' || state.comune !== undefined || isOfficeOf(comuneOf(caller), state.ente));
  }

  /** A TOP stops for its Comune only: a tool of that Comune alone here, any other application by taking it out of its convention. */
  private async stoppable(id: string, caller: Caller): Promise<void> {
    const { state } = await this.load(id, caller);
    permit(scopeOf(caller).role === 'ADMIN' || state.comune !== undefined);
  }

  private async run(command: ApplicationCommand, caller: Caller, options: HandleOptions = {}): Promise<object> {
    const { position } = await handle(this.identity.store, application, applicationStream(command.application), command, metaOf(caller), options);
    await this.identity.readModels.seen('applications', position);
    return this.view(command.application, caller);
  }

  private async view(id: string, caller: Caller): Promise<object> {
    const { state, head } = await this.load(id, caller);
    return tagged(head, viewOf(id, state));
  }

  private async load(id: string, caller: Caller): Promise<{ readonly state: RegisteredApplication; readonly head: Head }> {
    const { events, head } = await whole(this.identity.store.read(applicationStream(id)));
    const state = fold(application, events);
    const within = state.status !== 'absent' && (state.comune === undefined || state.comune === comuneOf(caller)) && (await this.entiOf(caller)).has(state.ente);
    if (!within) throw failApplication('applicazione-assente', { applicazione: id });
    return { state, head };
  }
}
