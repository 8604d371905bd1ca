import { DatiEnte, ElencoEnti, EnteId, EnteRegistrato, NuovoEnte, NuovoUfficio, OfficeId } from '@geres/contracts';
import { fold, handle, whole, type HandleOptions } from '@geres/kernel';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ADMINISTRATORS, IDENTITY, metaOf, scopeOf } from '../admin/acting.js';
import type { Identity } from '../identity.js';
import { ente, enteStream, type Ente, type EnteCommand } from './ente.domain.js';
import { failEnte } from './ente.problems.js';

const viewOf = (codice: string, { name, kind, offices }: Exclude<Ente, { status: 'absent' }>): EnteRegistrato => ({
  codice,
  nome: name,
  tipo: kind,
  uffici: offices.map((office) => ({ codice: office.office, nome: office.name })),
});

/** An ADMIN sees its own Ente; who deals with many sees them all. */
const sees = (caller: Caller, id: string): boolean => {
  const { ente: own } = scopeOf(caller);
  return own === undefined || own === id;
};

/** The bodies that ask: registered once, whatever the number of Comuni that deal with them. */
@ApiTags('Enti')
@ApiBearerAuth()
@Controller('amministrazione/v1/enti')
@Roles('TOP')
export class EnteApi {
  constructor(@Inject(IDENTITY) private readonly identity: Identity) {}

  @Get()
  @Roles(...ADMINISTRATORS)
  @ApiOperation({ summary: 'Gli Enti registrati; per l’ADMIN il proprio' })
  @ApiOkResponse({ standardSchema: ElencoEnti })
  async list(@CallerOf() caller: Caller): Promise<object> {
    const { rows } = await this.identity.readModels.rows.enti.find({ limit: 1000 });
    return { enti: rows.filter(({ id }) => sees(caller, id)).map(({ id, row }) => viewOf(id, row)) };
  }

  @Get(':ente')
  @Roles(...ADMINISTRATORS)
  @ApiOperation({ summary: 'Un Ente' })
  @ApiOkResponse({ standardSchema: EnteRegistrato })
  @Problems('ente-assente')
  async one(@Param('ente', { schema: EnteId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    if (!sees(caller, id)) throw failEnte('ente-assente', { ente: id });
    return this.view(id);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Registra un Ente; se c’è già, uguale, lo ritrova' })
  @ApiOkResponse({ standardSchema: EnteRegistrato })
  @Problems('ente-gia-registrato')
  register(@Body({ schema: NuovoEnte }) { codice, nome, tipo }: NuovoEnte, @CallerOf() caller: Caller): Promise<object> {
    return this.run({ type: 'register', ente: codice, name: nome, kind: tipo }, caller);
  }

  @Put(':ente')
  @Roles('GESTORE')
  @ApiOperation({ summary: 'Cambia nome o tipo di un Ente, per tutti i Comuni' })
  @ApiOkResponse({ standardSchema: EnteRegistrato })
  @Problems('ente-assente')
  change(@Param('ente', { schema: EnteId }) id: string, @Body({ schema: DatiEnte }) { nome, tipo }: DatiEnte, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'change', ente: id, name: nome, kind: tipo }, caller, { expected });
  }

  @Post(':ente/uffici')
  @HttpCode(200)
  @ApiOperation({ summary: 'Aggiunge un ufficio' })
  @ApiOkResponse({ standardSchema: EnteRegistrato })
  @Problems('ente-assente', 'ufficio-gia-presente')
  addOffice(@Param('ente', { schema: EnteId }) id: string, @Body({ schema: NuovoUfficio }) { codice, nome }: NuovoUfficio, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'add-office', ente: id, office: codice, name: nome }, caller, { expected });
  }

  @Delete(':ente/uffici/:ufficio')
  @ApiOperation({ summary: 'Chiude un ufficio' })
  @ApiOkResponse({ standardSchema: EnteRegistrato })
  @Problems('ente-assente', 'ufficio-assente')
  closeOffice(@Param('ente', { schema: EnteId }) id: string, @Param('ufficio', { schema: OfficeId }) office: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'close-office', ente: id, office }, caller, { expected });
  }

  private async run(command: EnteCommand, caller: Caller, options: HandleOptions = {}): Promise<object> {
    const { position } = await handle(this.identity.store, ente, enteStream(command.ente), command, metaOf(caller), options);
    await this.identity.readModels.seen('enti', position);
    return this.view(command.ente);
  }

  private async view(id: string): Promise<object> {
    const { events, head } = await whole(this.identity.store.read(enteStream(id)));
    const state = fold(ente, events);
    if (state.status === 'absent') throw failEnte('ente-assente', { ente: id });
    return tagged(head, viewOf(id, state));
  }
}
