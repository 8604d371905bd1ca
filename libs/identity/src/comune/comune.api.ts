import { CambioCodiciIstat, CambioNome, CodiceCatastale, ComuneRegistrato, ElencoComuni, Motivazione, NuovoComune } from '@geres/contracts';
import { handle, fold, whole, type HandleOptions } from '@geres/kernel';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IDENTITY, metaOf, permit, scopeOf } from '../admin/acting.js';
import type { Identity } from '../identity.js';
import { comune, comuneStream, type Comune, type ComuneCommand } from './comune.domain.js';
import { failComune } from './comune.problems.js';

const STATES = { active: 'attivo', suspended: 'sospeso', succeeded: 'cessato' } as const;

const viewOf = (codiceCatastale: string, state: Exclude<Comune, { status: 'absent' }>): ComuneRegistrato => ({
  codiceCatastale,
  nome: state.name,
  provincia: state.province,
  codiciIstat: state.istatCodes.map(({ code, from, to }) => ({ codice: code, dal: from, ...(to === undefined ? {} : { al: to }) })),
  stato: STATES[state.status],
});

const istatCodesOf = ({ codiciIstat }: CambioCodiciIstat): Extract<ComuneCommand, { type: 'change-codes' }>['istatCodes'] =>
  codiciIstat.map(({ codice, dal, al }) => ({ code: codice, from: dal, ...(al === undefined ? {} : { to: al }) }));

/** The Comuni of the installation. */
@ApiTags('Comuni')
@ApiBearerAuth()
@Controller('amministrazione/v1/comuni')
@Roles('GESTORE')
export class ComuneApi {
  constructor(@Inject(IDENTITY) private readonly identity: Identity) {}

  @Get()
  @Roles('GESTORE', 'TOP', 'ADMIN')
  @ApiOperation({ summary: 'I Comuni: tutti per il GESTORE, il proprio per gli altri' })
  @ApiOkResponse({ standardSchema: ElencoComuni })
  async list(@CallerOf() caller: Caller): Promise<object> {
    const scope = scopeOf(caller);
    const { rows } = await this.identity.readModels.rows.comuni.find({ limit: 1000 });
    return { comuni: rows.filter(({ id }) => scope.role === 'GESTORE' || id === scope.comune).map(({ id, row }) => viewOf(id, row)) };
  }

  @Get(':comune')
  @Roles('GESTORE', 'TOP', 'ADMIN')
  @ApiOperation({ summary: 'Un Comune' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-assente')
  async one(@Param('comune', { schema: CodiceCatastale }) id: string, @CallerOf() caller: Caller): Promise<object> {
    const scope = scopeOf(caller);
    permit(scope.role === 'GESTORE' || scope.comune === id);
    return this.view(id);
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Registra un Comune' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-gia-registrato', 'codici-istat-non-coerenti')
  register(@Body({ schema: NuovoComune }) body: NuovoComune, @CallerOf() caller: Caller): Promise<object> {
    return this.run({ type: 'register', comune: body.codiceCatastale, name: body.nome, province: body.provincia, istatCodes: istatCodesOf(body) }, caller);
  }

  @Put(':comune/codici-istat')
  @ApiOperation({ summary: 'Cambia i codici ISTAT' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-assente', 'comune-cessato', 'codici-istat-non-coerenti')
  changeCodes(
    @Param('comune', { schema: CodiceCatastale }) id: string,
    @Body({ schema: CambioCodiciIstat }) body: CambioCodiciIstat,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.run({ type: 'change-codes', comune: id, istatCodes: istatCodesOf(body) }, caller, { expected });
  }

  @Put(':comune/nome')
  @ApiOperation({ summary: 'Cambia il nome' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-assente', 'comune-cessato')
  rename(
    @Param('comune', { schema: CodiceCatastale }) id: string,
    @Body({ schema: CambioNome }) { nome, dal }: CambioNome,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.run({ type: 'rename', comune: id, name: nome, from: dal }, caller, { expected });
  }

  @Post(':comune/sospensione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sospende il Comune: non si chiede più nulla in suo nome' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-assente', 'comune-cessato')
  suspend(@Param('comune', { schema: CodiceCatastale }) id: string, @Body({ schema: Motivazione }) { motivo }: Motivazione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'suspend', comune: id, reason: motivo }, caller, { expected });
  }

  @Post(':comune/ripresa')
  @HttpCode(200)
  @ApiOperation({ summary: 'Riprende un Comune sospeso' })
  @ApiOkResponse({ standardSchema: ComuneRegistrato })
  @Problems('comune-assente', 'comune-cessato')
  resume(@Param('comune', { schema: CodiceCatastale }) id: string, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.run({ type: 'resume', comune: id }, caller, { expected });
  }

  private async run(command: ComuneCommand, caller: Caller, options: HandleOptions = {}): Promise<object> {
    const { position } = await handle(this.identity.store, comune, comuneStream(command.comune), command, metaOf(caller), options);
    await this.identity.readModels.seen('comuni', position);
    return this.view(command.comune);
  }

  private async view(id: string): Promise<object> {
    const { events, head } = await whole(this.identity.store.read(comuneStream(id)));
    const state = fold(comune, events);
    if (state.status === 'absent') throw failComune('comune-assente', { comune: id });
    return tagged(head, viewOf(id, state));
  }
}
