import { CERTIFICATE_USES } from '@geres/contracts';
import { handle, type Environment, type EventStore } from '@geres/kernel';
import { newUlid, rounds, type Clock, type Rounds } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import type { Metrics } from '@geres/platform/metrics';
import { coveredUntil, isSucceeded, warningDue, type UsableCertificate } from '../connection/certificates.domain.js';
import { connection, connectionStream } from '../connection/connection.domain.js';
import { eraseOrphans } from './orphans.js';
import type { ConnectionOf } from './vault.js';

const HOUR_MS = 3_600_000;

export interface WatchPorts {
  readonly store: EventStore;
  /** `certificates` of `KeyStores`. */
  readonly secrets: KeyStore;
  /** Every connection with its certificates, as its events say now. */
  readonly connections: () => Iterable<ConnectionOf & { readonly certificates: readonly UsableCertificate[] }>;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly metrics: Pick<Metrics, 'observeCertificates'>;
  readonly onFailure: (error: unknown) => void;
  /** Between two looks; default an hour. */
  readonly everyMs?: number;
}

/** `look` resolves when its warnings are durable. */
export type CertificateWatch = Pick<Rounds, 'look' | 'stop'>;

/**
 * Sees to it that the end of a certificate is said in time (`certificate-expiring` at 60, 30, 10, 3 and 1 days, once each whatever the number of connectors) and that
 * no key outlives its certificate. Looks at once, and then on a timer that keeps no process alive.
 */
export function watchCertificates({ store, secrets, connections, clock, environment, metrics, onFailure, everyMs = HOUR_MS }: WatchPorts): CertificateWatch {
  metrics.observeCertificates(() => {
    const now = clock();
    return [...connections()].flatMap(({ comune, channel, certificates }) =>
      CERTIFICATE_USES.flatMap((use) => {
        const until = coveredUntil(certificates, use, now);
        return until === undefined ? [] : [{ comune, channel, use, seconds: (until.getTime() - now.getTime()) / 1000 }];
      }),
    );
  });

  async function warn({ comune, channel }: ConnectionOf, certificate: string): Promise<void> {
    const now = clock();
    const causationId = newUlid(now.getTime());
    const meta = { actor: 'system:connector', correlationId: causationId, causationId, recordedAt: now.toISOString(), environment };
    await handle(store, connection, connectionStream(comune, channel), { comune, channel, type: 'warn-of-expiry', certificate, now: now.toISOString() }, meta);
  }

  /** What fails for one Comune does not keep the others from being warned. */
  async function looked(): Promise<void> {
    for (const { certificates, ...of } of connections()) {
      for (const one of certificates) {
        if (warningDue(one, clock()) !== undefined && !isSucceeded(one, certificates)) await warn(of, one.certificate).catch(onFailure);
      }
    }
    await eraseOrphans({ secrets, store, now: clock() }).catch(onFailure);
  }

  const watch = rounds(looked, { everyMs, onFailure });
  watch.start(0);
  return watch;
}
