import {
  CertificateId,
  CertificatoDispositivo,
  CertificatoEmesso,
  Channel,
  ChiaveConnettore,
  CodiceCatastale,
  Connessione,
  ElencoConnessioni,
  AnprOperatorId,
  ImpostazioniConnessione,
  Motivazione,
  NuovaProva,
  NuovaRichiestaCertificato,
  NuovoCertificato,
  NuovoOperatoreAnpr,
  ProvaConnessione,
  RichiestaCertificato,
  type ConnectionAction,
} from '@geres/contracts';
import { newUlid, CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems } from '@geres/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ConnectionReads } from './reads.js';
import { ConnectorRelay, userOf, type Done } from './relay.js';
import { publicPem } from './public-key.js';
import { settingsOf } from './settings-words.domain.js';

const ALWAYS = ['connessione-assente', 'connettore-muto'] as const;
const KEYS = ['uso-non-ammesso', 'certificato-mancante', 'certificato-scaduto', 'certificato-gia-presente', 'certificato-di-un-altra-chiave', 'chiave-illeggibile', 'chiave-non-ammessa', 'responsabile-sconosciuto'] as const;

/** How a Comune reaches ANPR, administered by its TOP. HTTP in, one command to the connector, the folded stream out: no rule lives here. */
@ApiTags('Connessioni')
@ApiBearerAuth()
@Controller('amministrazione/v1/comuni/:comune/connessioni')
@Roles('TOP')
export class ConnectionApi {
  constructor(
    @Inject(ConnectorRelay) private readonly connector: ConnectorRelay,
    @Inject(ConnectionReads) private readonly reads: ConnectionReads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Le connessioni del Comune' })
  @ApiOkResponse({ standardSchema: ElencoConnessioni })
  async list(@Param('comune', { schema: CodiceCatastale }) comune: string, @CallerOf() caller: Caller): Promise<object> {
    return { connessioni: await this.reads.all(comune, caller) };
  }

  @Get(':canale')
  @ApiOperation({ summary: 'Una connessione: impostazioni, operatori, certificati, ultima prova' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems('connessione-assente')
  one(@Param('comune', { schema: CodiceCatastale }) comune: string, @Param('canale', { schema: Channel }) channel: Channel, @CallerOf() caller: Caller): Promise<object> {
    return this.reads.one(comune, channel, caller);
  }

  @Get(':canale/chiave-connettore')
  @ApiOperation({ summary: 'La chiave pubblica del connettore, per la quale si sigillano chiavi e password' })
  @ApiOkResponse({ standardSchema: ChiaveConnettore })
  @Problems('connettore-muto')
  async key(@Param('comune', { schema: CodiceCatastale }) comune: string, @Param('canale', { schema: Channel }) channel: Channel, @CallerOf() caller: Caller): Promise<object> {
    const { publicKey } = await this.act(comune, channel, caller, { kind: 'tell-key' });
    return { chiave: publicKey, enc: 'A256GCM' };
  }

  @Put(':canale/impostazioni')
  @ApiOperation({ summary: 'Configura la connessione, o ne cambia le impostazioni' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems('connettore-muto', 'endpoint-non-ammesso', 'sicurezza-assente', 'impostazioni-di-un-altro-canale')
  configure(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: ImpostazioniConnessione }) body: ImpostazioniConnessione,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'configure', settings: settingsOf(body) }, expected);
  }

  @Post(':canale/operatori')
  @HttpCode(200)
  @ApiOperation({ summary: 'Nomina l’operatore dell’anagrafe in nome del quale si chiede ad ANPR' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, 'operatore-senza-ws', 'incarico-non-valido', 'accettazione-non-valida', 'convenzione-di-altro-comune')
  async assign(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: NuovoOperatoreAnpr }) { codiceFiscale, dal, al, informatoIl, accettatoIl, convenzione }: NuovoOperatoreAnpr,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    this.reads.checkComune(comune, caller);
    if (convenzione !== undefined) await this.reads.checkConvention(comune, convenzione);
    const dates = { from: dal, ...(al === undefined ? {} : { to: al }), informedAt: informatoIl, acceptedAt: accettatoIl };
    return this.write(comune, channel, caller, { kind: 'assign-operator', operator: this.newId(), codiceFiscale, ...dates, ...(convenzione === undefined ? {} : { convention: convenzione }) }, expected);
  }

  @Delete(':canale/operatori/:operatore')
  @ApiOperation({ summary: 'Non chiede più in nome di quell’operatore' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS)
  withdraw(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Param('operatore', { schema: AnprOperatorId }) operator: string,
    @Body({ schema: Motivazione }) { motivo }: Motivazione,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'withdraw-operator', operator, reason: motivo }, expected);
  }

  @Post(':canale/certificati')
  @HttpCode(200)
  @ApiOperation({ summary: 'Installa un certificato con la sua chiave, sigillati per il connettore' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, ...KEYS)
  install(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: NuovoCertificato }) { uso, sigillato, responsabile }: NuovoCertificato,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'install-key', certificate: this.newId(), use: uso, responsible: this.responsible(comune, responsabile, caller), sealed: sigillato }, expected);
  }

  @Post(':canale/certificati/richieste')
  @HttpCode(200)
  @ApiOperation({ summary: 'Fa una chiave dentro il connettore: risponde con la richiesta di certificato, o con la chiave pubblica di un client PDND' })
  @ApiOkResponse({ standardSchema: RichiestaCertificato })
  @Problems(...ALWAYS, 'uso-non-ammesso', 'responsabile-sconosciuto', 'certificato-gia-presente')
  async request(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: NuovaRichiestaCertificato }) { uso, soggetto, responsabile }: NuovaRichiestaCertificato,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    const { nome, organizzazione, localita, provincia } = soggetto;
    const subject = { commonName: nome, ...(organizzazione === undefined ? {} : { organization: organizzazione }), ...(localita === undefined ? {} : { locality: localita }), ...(provincia === undefined ? {} : { province: provincia }) };
    const id = this.newId();
    const made = await this.act(comune, channel, caller, { kind: 'request-certificate', certificate: id, use: uso, responsible: this.responsible(comune, responsabile, caller), subject }, expected);
    const answer = { id, kid: made.kid!, ...(made.request === undefined ? {} : { richiesta: made.request }), ...(made.publicKey === undefined ? {} : { chiavePubblica: publicPem(made.publicKey) }) };
    return this.reads.tagged(comune, channel, answer);
  }

  @Post(':canale/certificati/dispositivo')
  @HttpCode(200)
  @ApiOperation({ summary: 'Usa una chiave che sta in un dispositivo (PKCS#11)' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, ...KEYS, 'dispositivo-assente')
  device(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: CertificatoDispositivo }) { uso, etichetta, catena, responsabile }: CertificatoDispositivo,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    const of = { certificate: this.newId(), use: uso, responsible: this.responsible(comune, responsabile, caller), label: etichetta, ...(catena === undefined ? {} : { chain: catena }) };
    return this.write(comune, channel, caller, { kind: 'install-device', ...of }, expected);
  }

  @Put(':canale/certificati/:certificato')
  @ApiOperation({ summary: 'Installa il certificato arrivato per una chiave fatta nel connettore' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, 'certificato-assente', 'certificato-di-un-altra-chiave', 'certificato-scaduto', 'chiave-illeggibile')
  issued(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Param('certificato', { schema: CertificateId }) certificate: string,
    @Body({ schema: CertificatoEmesso }) { catena }: CertificatoEmesso,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'install-issued', certificate, chain: catena }, expected);
  }

  @Delete(':canale/certificati/:certificato')
  @ApiOperation({ summary: 'Ritira un certificato: la sua chiave è distrutta' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, 'certificato-assente')
  retire(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Param('certificato', { schema: CertificateId }) certificate: string,
    @Body({ schema: Motivazione }) { motivo }: Motivazione,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'retire-certificate', certificate, reason: motivo }, expected);
  }

  @Post(':canale/attivazione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Attiva la connessione: da ora si chiede ad ANPR' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS, 'operatore-assente', 'chiavi-assenti', 'certificato-assente', 'dispositivo-assente')
  activate(@Param('comune', { schema: CodiceCatastale }) comune: string, @Param('canale', { schema: Channel }) channel: Channel, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'activate' }, expected);
  }

  @Post(':canale/sospensione')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sospende la connessione' })
  @ApiOkResponse({ standardSchema: Connessione })
  @Problems(...ALWAYS)
  suspend(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: Motivazione }) { motivo }: Motivazione,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    return this.write(comune, channel, caller, { kind: 'suspend', reason: motivo }, expected);
  }

  @Post(':canale/prova')
  @HttpCode(200)
  @ApiOperation({ summary: 'Prova la connessione, anche prima di attivarla: ws con TestConn, pdnd con un voucher. Nessun cittadino è richiesto' })
  @ApiOkResponse({ standardSchema: ProvaConnessione })
  @Problems(...ALWAYS)
  async test(
    @Param('comune', { schema: CodiceCatastale }) comune: string,
    @Param('canale', { schema: Channel }) channel: Channel,
    @Body({ schema: NuovaProva }) { casoUso }: NuovaProva,
    @CallerOf() caller: Caller,
    @IfMatch() expected: number | undefined,
  ): Promise<object> {
    await this.act(comune, channel, caller, { kind: 'test', ...(casoUso === undefined ? {} : { service: casoUso }) }, expected);
    return this.reads.lastTest(comune, channel);
  }

  private readonly newId = (): string => newUlid(this.clock().getTime());

  private responsible(comune: string, given: string | undefined, caller: Caller): string {
    this.reads.checkComune(comune, caller);
    const responsible = given ?? userOf(caller);
    this.reads.checkResponsible(comune, responsible);
    return responsible;
  }

  private async act(comune: string, channel: Channel, caller: Caller, action: ConnectionAction, expected?: number): Promise<Done> {
    this.reads.checkComune(comune, caller);
    return this.connector.ask({ comune, channel, caller, action, expected });
  }

  /** Does it, and tells what is there now. */
  private async write(comune: string, channel: Channel, caller: Caller, action: ConnectionAction, expected: number | undefined): Promise<object> {
    await this.act(comune, channel, caller, action, expected);
    return this.reads.one(comune, channel, caller);
  }
}
