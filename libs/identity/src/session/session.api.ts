import { ChiusuraSessione, ElencoSessioni, Sessione, SessionId, UserId } from '@geres/contracts';
import { CLOCK, type Clock } from '@geres/platform';
import { CallerOf, Roles, type Caller } from '@geres/platform/auth';
import { IfMatch, Problems, tagged } from '@geres/platform/http';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { IDENTITY, metaOf, scopeOf } from '../admin/acting.js';
import { administers, reachesSession } from '../admin/scope.domain.js';
import { isOfProduct } from '../application/application.domain.js';
import type { Identity } from '../identity.js';
import { loadApplication } from '../oidc/clients.js';
import type { EnrolledUser } from '../user/user.domain.js';
import { failUser } from '../user/user.problems.js';
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
  @ApiOperation({ summary: 'Le sessioni aperte di un utente, di quelle che si amministrano' })
  @ApiOkResponse({ standardSchema: ElencoSessioni })
  @Problems('utente-assente')
  async list(@Param('utente', { schema: UserId }) id: string, @CallerOf() caller: Caller): Promise<object> {
    const user = await this.identity.users.load(id);
    if (user.status === 'absent' || !administers(scopeOf(caller), user)) throw failUser('utente-assente', { utente: id });
    const now = this.clock();
    const { rows } = await this.identity.readModels.rows.sessions.find({ equal: { user: id }, limit: 1000 });
    const within = await Promise.all(rows.filter(({ row }) => isOpen(row, now)).map(async (found) => ((await this.reached(found.row, user, caller)) ? [found] : [])));
    return { sessioni: within.flat().map(({ id: session, row }) => viewOf(session, row, now)) };
  }

  @Post('sessioni/:id/chiusura')
  @HttpCode(200)
  @ApiOperation({ summary: 'Chiude una sessione: i suoi token non valgono più' })
  @ApiOkResponse({ standardSchema: Sessione })
  @Problems('sessione-assente')
  async close(@Param('id', { schema: SessionId }) id: string, @Body({ schema: ChiusuraSessione }) { motivo }: ChiusuraSessione, @CallerOf() caller: Caller, @IfMatch() expected: number | undefined): Promise<object> {
    const before = await this.identity.sessions.load(id);
    const user = 'user' in before ? await this.identity.users.load(before.user) : undefined;
    if (!('user' in before) || user?.status !== 'enrolled' || !(await this.reached(before, user, caller))) throw failSession('sessione-assente', { sessione: id });
    const { head } = await this.identity.sessions.close(id, motivo, metaOf(caller), { expected });
    return tagged(head, viewOf(id, { ...before, status: 'closed' }, this.clock()));
  }

  private async reached({ role, application }: OpenedSession, user: EnrolledUser, caller: Caller): Promise<boolean> {
    const software = isOfProduct(application) ? undefined : await loadApplication(this.identity.store, application);
    return reachesSession(scopeOf(caller), user, { role, ente: software?.ente });
  }
}
