import { ApplicationId, CambioCondizioni, ConventionId, Convenzione, ElencoConvenzioni, Motivazione, NuovaConvenzione, Proroga, Ricertificazione, romeDay } from '@geres/contracts';
import { fold, handle, whole, type HandleOptions, type Head } from '@geres/kernel';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ulid } from 'ulid';
import { comuneOf, IDENTITY, metaOf, scopeOf } from '../admin/acting.js';
import { registeredEnte } from '../admin/places.js';
import { isOfficeOf, reaches } from '../admin/scope.domain.js';
import { failApplication } from '../application/application.problems.js';
import type { Identity } from '../identity.js';
import { loadApplication } from '../oidc/clients.js';
import type { ConventionRow } from '../read-models/projections.js';
import { convention, conventionStream, type ConventionCommand } from './convention.domain.js';
import { failConvention } from './convention.problems.js';
import { conventionView, termsOf } from './convention.view.js';

type Of = Pick<ConventionCommand, 'convention' | 'comune' | 'ente'>;

/** What the Comune grants. Written by its TOP, read by the ADMIN of the Ente too. */
@ApiTags('Convenzioni')
@ApiBearerAuth()
@Controller('amministrazione/v1/convenzioni')
@Roles('TOP')
export class ConventionApi {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'Le convenzioni: del Comune per il TOP, dell’Ente con il Comune per l’ADMIN' })
  @ApiOkResponse({ standardSchema: ElencoConvenzioni })
  async list(@CallerOf() caller: Caller): Promise<object> {
    const scope = scopeOf(caller);
    const { rows } = await this.identity.readModels.rows.conventions.find({ equal: { comune: comuneOf(caller) }, limit: 1000 });
    return { convenzioni: rows.filter(({ row }) => reaches(scope, row)).map(({ id, row }) => conventionView(id, row)) };
  }

  @Get(':id')
  @Roles('TOP', 'ADMIN')
  @ApiOperation({ summary: 'Una convenzione' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente')
  one(@Param('id', { schema: ConventionId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    return this.view(id, caller);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Prepara una convenzione' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('ente-assente', 'date-non-coerenti', 'motivi-ripetuti', 'servizi-ripetuti', 'servizio-non-offerto', 'orario-non-coerente', 'motivazione-ws-mancante')
  async draft(@Body({ schema: NuovaConvenzione }) body: NuovaConvenzione, @CallerOf() caller: Caller): Promise<object> {
    const of = { convention: ulid(this.clock().getTime()), comune: comuneOf(caller), ente: body.ente };
    return this.run({ type: 'draft', ...of, terms: termsOf(body.condizioni), registryDuty: await this.isRegistryDuty(of) }, caller);
  }

  @Put(':id/condizioni')
  @ApiOperation({ summary: 'Cambia le condizioni, da ora in poi' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'date-non-coerenti', 'motivi-ripetuti', 'servizi-ripetuti', 'servizio-non-offerto', 'orario-non-coerente', 'motivazione-ws-mancante')
  async amend(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: CambioCondizioni }) body: CambioCondizioni, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const of = await this.of(id, caller);
    return this.run({ type: 'amend', ...of, terms: termsOf(body.condizioni), registryDuty: await this.isRegistryDuty(of) }, caller, { expected });
  }

  @Post(':id/approvazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approva la convenzione: da ora vale' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'data-di-fine-passata', 'ricertificazione-non-coerente')
  async approve(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: Ricertificazione }) body: Ricertificazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const now = this.clock();
    return this.run({ type: 'approve', ...(await this.of(id, caller)), now: now.toISOString(), today: romeDay(now), recertifyBy: body.ricertificareEntro }, caller, { expected });
  }

  @Post(':id/ricertificazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Conferma che la convenzione serve ancora' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'convenzione-non-approvata', 'ricertificazione-non-coerente')
  async recertify(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: Ricertificazione }) body: Ricertificazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'recertify', ...(await this.of(id, caller)), today: romeDay(this.clock()), recertifyBy: body.ricertificareEntro }, caller, { expected });
  }

  @Post(':id/proroga')
  @HttpCode(200)
  @ApiOperation({ summary: 'Proroga la convenzione' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'data-di-fine-passata', 'proroga-non-successiva')
  async extend(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: Proroga }) { al }: Proroga, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'extend', ...(await this.of(id, caller)), today: romeDay(this.clock()), to: al }, caller, { expected });
  }

  @Put(':id/applicazioni/:applicazione')
  @ApiOperation({ summary: 'Ammette un’applicazione dell’Ente' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'applicazione-assente', 'applicazione-di-altro-ente')
  async admit(@Param('id', { schema: ConventionId }) id: string, @Param('applicazione', { schema: ApplicationId }) application: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const of = await this.of(id, caller);
    const registered = await loadApplication(this.identity.store, application);
    if (!registered) throw failApplication('applicazione-assente', { applicazione: application });
    return this.run({ type: 'admit-application', ...of, application, applicationEnte: registered.ente }, caller, { expected });
  }

  @Delete(':id/applicazioni/:applicazione')
  @ApiOperation({ summary: 'Non ammette più un’applicazione' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata')
  async remove(@Param('id', { schema: ConventionId }) id: string, @Param('applicazione', { schema: ApplicationId }) application: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'remove-application', ...(await this.of(id, caller)), application }, caller, { expected });
  }

  @Post(':id/sospensione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sospende la convenzione' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'convenzione-non-approvata')
  async suspend(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: Motivazione }) { motivo }: Motivazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'suspend', ...(await this.of(id, caller)), reason: motivo }, caller, { expected });
  }

  @Post(':id/ripresa')
  @HttpCode(200)
  @ApiOperation({ summary: 'Riprende una convenzione sospesa' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente', 'convenzione-terminata', 'convenzione-non-sospesa')
  async resume(@Param('id', { schema: ConventionId }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'resume', ...(await this.of(id, caller)) }, caller, { expected });
  }

  @Post(':id/revoca')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoca la convenzione, per sempre' })
  @ApiOkResponse({ standardSchema: Convenzione })
  @Problems('convenzione-assente')
  async revoke(@Param('id', { schema: ConventionId }) id: string, @Body({ schema: Motivazione }) { motivo }: Motivazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'revoke', ...(await this.of(id, caller)), reason: motivo }, caller, { expected });
  }

  private async run(command: ConventionCommand, caller: Caller, options: HandleOptions = {}): Promise<object> {
    const { position } = await handle(this.identity.store, convention, conventionStream(command.convention), command, metaOf(caller), options);
    await this.identity.readModels.seen('conventions', position);
    return this.view(command.convention, caller);
  }

  private async view(id: string, caller: Caller): Promise<object> {
    const { row, head } = await this.load(id, caller);
    return tagged(head, conventionView(id, row));
  }

  private async of(id: string, caller: Caller): Promise<Of> {
    const { comune, ente: body } = (await this.load(id, caller)).row;
    return { convention: id, comune, ente: body };
  }

  /** A convention out of reach is, for whoever asks, not there. */
  private async load(id: string, caller: Caller): Promise<{ readonly row: ConventionRow; readonly head: Head }> {
    const { events, head } = await whole(this.identity.store.read(conventionStream(id)));
    const state = fold(convention, events);
    if (state.status === 'absent' || !reaches(scopeOf(caller), state)) throw failConvention('convenzione-assente', { convenzione: id });
    return { row: state, head };
  }

  /** An office of the Comune itself asks for the registry's own duties. */
  private async isRegistryDuty({ comune, ente: body }: Of): Promise<boolean> {
    const { kind } = await registeredEnte(this.identity.store, body);
    return kind === 'ufficio-comunale' && isOfficeOf(comune, body);
  }
}
