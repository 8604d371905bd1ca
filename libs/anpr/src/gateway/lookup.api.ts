import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CodiceComune, LookupRequest, RichiestaInCorso, Risposta, romeDay, Ulid } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, type Caller } from '@geres/platform/auth';
import { Problems } from '@geres/platform/http';
import type { FastifyReply } from 'fastify';
import type { LookupProblem } from '../lookup/lookup.problems.js';
import { CallerResolver } from './caller.js';
import { checkDays } from './days.js';
import { Gateway } from './gateway.js';
import { preferenceOf } from './prefer.js';
import { idempotencyKeyOf, told } from './told.js';

const STANDING = ['diritti-non-verificabili', 'sessione-chiusa', 'utente-non-abilitato', 'applicazione-non-abilitata', 'comune-sconosciuto', 'richiesta-non-registrata'] satisfies LookupProblem[];
const OUTCOMES = ['anpr-non-disponibile', 'anpr-tempo-scaduto', 'anpr-ha-rifiutato', 'risposta-non-coerente', 'richiesta-interrotta', 'scaduta'] satisfies LookupProblem[];
const REFUSALS = ['convenzione-non-attiva', 'servizio-non-autorizzato', 'motivo-non-ammesso', 'pratica-mancante', 'fuori-orario', 'rete-non-ammessa', 'quota-superata', 'connessione-non-attiva', 'comune-sovraccarico', 'chiave-riutilizzata', 'risposta-scaduta'] satisfies LookupProblem[];

const WHOLE = { type: 'integer' } as const;
const LIMITS = {
  'X-RateLimit-Limit': { description: 'Il limite della convenzione più vicino', schema: WHOLE },
  'X-RateLimit-Remaining': { description: 'Quante richieste restano', schema: WHOLE },
  'X-RateLimit-Reset': { description: 'Secondi dopo i quali si ricomincia a contare', schema: WHOLE },
};
const LATER = { Location: { description: 'Dove ritirare l’esito', schema: { type: 'string' } }, 'Retry-After': { description: 'Secondi dopo i quali chiederlo', schema: WHOLE } } as const;

/** Lookups, for integrated applications. HTTP in, one command, what came of it out: no rule lives here. */
@ApiTags('Richieste')
@ApiBearerAuth()
@Controller('api/v1/comuni/:comune/richieste')
export class LookupApi {
  constructor(
    @Inject(Gateway) private readonly gateway: Gateway,
    @Inject(CallerResolver) private readonly callers: CallerResolver,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Chiede ad ANPR i dati di una persona, in nome del Comune' })
  @ApiHeader({ name: 'Prefer', required: false, description: 'wait=N (secondi, al più 60; 30 se manca) e respond-async (RFC 7240)' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Vale 24 ore: la stessa chiave con lo stesso corpo ritrova la prima richiesta' })
  @ApiOkResponse({ standardSchema: Risposta, description: 'L’esito', headers: LIMITS })
  @ApiResponse({ status: 202, standardSchema: RichiestaInCorso, description: 'Registrata: l’esito si ritira all’indirizzo di Location', headers: LATER })
  @Problems(...STANDING, ...REFUSALS, ...OUTCOMES)
  async ask(
    @Param('comune', { schema: CodiceComune }) code: string,
    @Body({ schema: LookupRequest }) request: LookupRequest,
    @CallerOf() caller: Caller,
    @Headers('prefer') prefer: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const idempotencyKey = key === undefined ? undefined : idempotencyKeyOf(key);
    checkDays(request, romeDay(this.clock()));
    const preference = preferenceOf(prefer);
    const comune = this.callers.comune(code);
    const asked = { comune, request, caller: await this.callers.lookupCaller(caller), correlationId: caller.correlationId, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
    const { heard } = await this.gateway.ask(asked, preference);
    if (preference.applied !== undefined) void reply.header('Preference-Applied', preference.applied);
    return told(heard, comune, reply);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Ritira l’esito di una richiesta, per dieci minuti' })
  @ApiOkResponse({ standardSchema: Risposta, description: 'L’esito' })
  @ApiResponse({ status: 202, standardSchema: RichiestaInCorso, description: 'Non c’è ancora un esito', headers: LATER })
  @Problems(...STANDING, 'richiesta-sconosciuta', 'risposta-scaduta', ...OUTCOMES)
  async collect(
    @Param('comune', { schema: CodiceComune }) code: string,
    @Param('id', { schema: Ulid }) id: string,
    @CallerOf() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const comune = this.callers.comune(code);
    const heard = await this.gateway.collect(comune, id, await this.callers.lookupCaller(caller), caller.correlationId);
    return told(heard, comune, reply);
  }
}
