import { CHANNELS, conventionEvents, known, type Channel, type Connessione, type ProvaConnessione } from '@geres/contracts';
import { whole, type EventStore, type Head } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { Caller, RightsState } from '@geres/platform/auth';
import { failHttp, tagged, type Tagged } from '@geres/platform/http';
import type { Live } from '@geres/platform/projections';
import { connectionStream } from '../connection.domain.js';
import { failConnection } from '../connection.problems.js';
import { viewOf } from './connection.view.js';

interface Read {
  readonly view: Connessione | undefined;
  readonly head: Head;
}

/** What administration knows of connections: always the folded stream. */
export class ConnectionReads {
  constructor(
    private readonly store: EventStore,
    private readonly rights: Live<RightsState>,
    private readonly clock: Clock,
  ) {}

  async all(comune: string, caller: Caller): Promise<readonly Connessione[]> {
    this.checkComune(comune, caller);
    const read = await Promise.all(CHANNELS.map((channel) => this.read(comune, channel)));
    return read.flatMap(({ view }) => view ?? []);
  }

  /** Errors: `connessione-assente`, `non-autorizzato`. */
  async one(comune: string, channel: Channel, caller: Caller): Promise<Tagged<Connessione>> {
    this.checkComune(comune, caller);
    const { view, head } = await this.read(comune, channel);
    if (!view) throw failConnection('connessione-assente', { comune, canale: channel });
    return tagged(head, view);
  }

  /** Another answer about a connection, with its version. */
  async tagged<T>(comune: string, channel: Channel, answer: T): Promise<Tagged<T>> {
    return tagged((await this.read(comune, channel)).head, answer);
  }

  async lastTest(comune: string, channel: Channel): Promise<Tagged<ProvaConnessione>> {
    const { view, head } = await this.read(comune, channel);
    if (!view?.ultimaProva) throw failConnection('connessione-assente', { comune, canale: channel });
    return tagged(head, view.ultimaProva);
  }

  /** A TOP administers its Comune alone. Errors: `non-autorizzato`. */
  checkComune(comune: string, { role }: Caller): void {
    if (role?.comune !== comune) throw failHttp('non-autorizzato');
  }

  /** Whoever sees to a certificate is an administrator of the Comune. Errors: `responsabile-sconosciuto`. */
  checkResponsible(comune: string, user: string): void {
    const known = this.rights.state.users.get(user);
    if (!known?.enabled || known.disabledIn.has(comune) || !known.roles.some((held) => held.comune === comune && held.role !== 'AUTORIZZATO')) throw failConnection('responsabile-sconosciuto');
  }

  /** Errors: `convenzione-di-altro-comune`. */
  async checkConvention(comune: string, convention: string): Promise<void> {
    const [first] = (await whole(this.store.read(`convention-${convention}`))).events;
    const drafted = first && known(conventionEvents, first);
    if (drafted?.type !== 'identity.convention.drafted' || drafted.data.comune !== comune) throw failConnection('convenzione-di-altro-comune');
  }

  private async read(comune: string, channel: Channel): Promise<Read> {
    const { events, head } = await whole(this.store.read(connectionStream(comune, channel)));
    return { view: viewOf(comune, channel, events, this.clock()), head };
  }
}
