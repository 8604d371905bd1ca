import { nextRomeMidnight, romeDay } from '@geres/contracts';
import type { Collection } from '@geres/kernel';
import { rounds, type Clock, type Rounds } from '@geres/platform';
import type { Metrics } from '@geres/platform/metrics';
import type { ServicePorts } from '../../channel/service-call.js';
import { downloadTables, supportedVersions, supportOf, type Support } from '../../channel/services-7000.js';
import { PROTOCOL } from '../../protocol/soap/index.js';
import type { Tables } from '../../tables/tables.js';

/** Service of ANPR over one active connection, whichever: what it tells is the same for every Comune. */
export type CallService = <T>(call: (ports: ServicePorts) => Promise<T>) => Promise<T>;

/** A code table as it is kept: codes and texts. */
export interface TableRow {
  readonly codes: Readonly<Record<string, string>>;
  readonly day: string;
}

export interface DailyPorts {
  /** Connections over which ANPR may be asked, the next where one fails. */
  readonly services: () => Iterable<CallService>;
  readonly tables: Collection<TableRow>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'observeProtocol'>;
  /** Told once a day while the version of the protocol that GeRes speaks ends, or has ended. */
  readonly onEnding: (support: Support) => void;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** How long before the support of a version ends it is said. */
const WARNED_DAYS = 60;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** ANPR is tried over so many Comuni, then tomorrow. */
const TRIES = 3;

/** What is asked of ANPR once a day for the whole installation: which versions it supports (7003), and its code tables (7001). */
export class Daily {
  private tables: Tables = new Map();
  private support: Support | undefined;
  private done: string | undefined;
  private readonly rounds: Rounds;

  constructor(private readonly ports: DailyPorts) {
    this.rounds = rounds(() => this.looked(), { everyMs: HOUR_MS, onFailure: (error) => ports.onFailure('daily', error) });
    ports.metrics.observeProtocol(() => {
      const seconds = this.support && secondsLeft(this.support, ports.clock());
      return seconds === undefined ? undefined : { version: PROTOCOL, seconds };
    });
  }

  /** Tables that were downloaded, today's or those kept before. */
  readonly known = (): Tables => this.tables;

  /** What 7003 said of the version that GeRes speaks; `undefined` until it was heard. */
  get supported(): Support | undefined {
    return this.support;
  }

  /** Reads the tables that were kept; asks from then on, on a timer that keeps no process alive. */
  async start(firstMs = 2 * 60_000): Promise<this> {
    const { rows } = await this.ports.tables.find({ limit: 1000 });
    this.tables = new Map(rows.map(({ id, row }) => [id, new Map(Object.entries(row.codes))]));
    this.rounds.start(firstMs);
    return this;
  }

  /** Asks what was not heard today. */
  look(): Promise<void> {
    return this.rounds.look();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async looked(): Promise<void> {
    const today = romeDay(this.ports.clock());
    if (this.done === today) return;
    let tries = 0;
    for (const service of this.ports.services()) {
      if (tries >= TRIES) return;
      tries += 1;
      if ((await this.versions(service, today)) && (await this.download(service, today))) {
        this.done = today;
        return;
      }
    }
  }

  private async versions(service: CallService, today: string): Promise<boolean> {
    const called = await service(supportedVersions).catch((error: unknown) => this.failed('versions', error));
    if (called === undefined || called.kind === 'failed') return false;
    this.support = supportOf(called.answer, today);
    if (isEnding(this.support, today)) this.ports.onEnding(this.support);
    return true;
  }

  private async download(service: CallService, today: string): Promise<boolean> {
    const downloaded = await service((ports) => downloadTables(ports)).catch((error: unknown) => this.failed('tables', error));
    if (downloaded === undefined) return false;
    this.tables = new Map([...this.tables, ...downloaded.tables]);
    for (const [id, codes] of downloaded.tables) {
      const row: TableRow = { codes: Object.fromEntries(codes), day: today };
      const before = await this.ports.tables.get(id);
      // Another connector of the installation has kept the same.
      await (before ? this.ports.tables.replace(id, before, row) : this.ports.tables.insert(id, row)).catch(() => undefined);
    }
    return downloaded.failed.size === 0;
  }

  private failed(what: string, error: unknown): undefined {
    this.ports.onFailure(what, error);
    return undefined;
  }
}

/** Whether whoever runs GeRes has to see to another version. */
export const isEnding = ({ supportata, fino }: Support, today: string): boolean => !supportata || (fino !== undefined && Date.parse(fino) - Date.parse(today) <= WARNED_DAYS * DAY_MS);

/** Until the end of the last day on which the version is supported, zero once it is not; `undefined`: no end is set. */
export function secondsLeft({ supportata, fino }: Support, now: Date): number | undefined {
  if (!supportata) return 0;
  return fino === undefined ? undefined : (nextRomeMidnight(new Date(`${fino}T12:00:00Z`)).getTime() - now.getTime()) / 1000;
}
