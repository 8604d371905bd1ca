import { ChiusuraSessione, ElencoSessioni, Sessione, SessionId, UserId } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { Problems } from '@geres/platform/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IDENTITY, metaOf, scopeOf } from '../admin/acting.js';
import { administers } from '../admin/scope.domain.js';
import type { Identity } from '../identity.js';
import { isOpen, type OpenedSession } from './session.domain.js';
import { failSession } from './session.problems.js';

const viewOf = (id: string, { status, user, application, method, expiresAt }: OpenedSession, now: Date): Sessione => ({
  id,
  utente: user,
  applicazione: application,
  metodo: method,
  scadenza: expiresAt,
  stato: status === 'open' && expiresAt > now.toISOString() ? 'aperta' : 'chiusa',
});

/** Open sessions of the users that one administers. */
@ApiTags('Sessioni')
@ApiBearerAuth()
@Controller('amministrazione/v1')
@Roles('GESTORE', 'TOP', 'ADMIN')
export class SessionApi {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('utenti/:utente/sessioni')
  @ApiOperation({ summary: 'Le sessioni aperte di un utente' })
  @ApiOkResponse({ standardSchema: ElencoSessioni })
  async list(@Param('utente', { schema: UserId }) user: string, @CallerOf() caller: Caller): Promise<object> {
    if (!(await this.within(user, caller))) return { sessioni: [] };
    const now = this.clock();
    const { rows } = await this.identity.readModels.rows.sessions.find({ equal: { user }, limit: 1000 });
    return { sessioni: rows.filter(({ row }) => isOpen(row, now)).map(({ id, row }) => viewOf(id, row, now)) };
  }

  @Post('sessioni/:id/chiusura')
  @HttpCode(200)
  @ApiOperation({ summary: 'Chiude una sessione: i suoi token non valgono più' })
  @ApiOkResponse({ standardSchema: Sessione })
  @Problems('sessione-assente')
  async close(@Param('id', { schema: SessionId }) id: string, @Body({ schema: ChiusuraSessione }) { motivo }: ChiusuraSessione, @CallerOf() caller: Caller): Promise<object> {
    const before = await this.identity.sessions.load(id);
    if (!('user' in before) || !(await this.within(before.user, caller))) throw failSession('sessione-assente', { sessione: id });
    await this.identity.sessions.close(id, motivo, metaOf(caller));
    return viewOf(id, { ...before, status: 'closed' }, this.clock());
  }

  private async within(user: string, caller: Caller): Promise<boolean> {
    const state = await this.identity.users.load(user);
    return state.status === 'enrolled' && administers(scopeOf(caller), state);
  }
}
