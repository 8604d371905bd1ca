import { exportAndRecord, monthHeld, shredAndRecord, tailArchive, verifyAndRecord, type ArchiveKeeper } from '@geres/monitoring/archive';
import { publicTransportKey, sealSecrets, type KeyStores } from '@geres/platform/keys';
import type { Archive } from './reached.js';

export interface DirectOptions {
  readonly keeper: ArchiveKeeper;
  readonly signal: AbortSignal;
  /** Asked for only where secrets leave. */
  readonly keys: () => Promise<KeyStores>;
  /** Asked for only where one of them is looked for or destroyed. */
  readonly archiveKeys: () => Promise<KeyStores['archive']>;
  /** Whether others may record there meanwhile. */
  readonly running: boolean;
  readonly close: () => Promise<void>;
}

/** An archive that this process has opened itself. */
export function directArchive({ keeper, signal, keys, archiveKeys, running, close }: DirectOptions): Archive {
  return {
    running,
    tail: ({ last, follow }) => tailArchive(keeper.store, { last, follow: follow && running, signal }),
    verify: (onProgress) =>
      verifyAndRecord(keeper, ({ events }) => {
        signal.throwIfAborted();
        onProgress(events);
      }),
    async exportTo(to, per) {
      const key = per === undefined ? undefined : await publicTransportKey(per);
      const secrets = key && { recipient: key.id, bundles: sealSecrets(await keys(), key) };
      await exportAndRecord(keeper, to, { ...(secrets ? { secrets } : {}), onProgress: () => signal.throwIfAborted() });
    },
    month: async (of) => monthHeld(keeper.store, await archiveKeys(), of),
    shred: async (of, reason) => shredAndRecord(keeper, await archiveKeys(), of, reason),
    close,
  };
}
