import type { ArchiveEvent } from '@geres/contracts';
import type { EventMeta, EventStore } from '@geres/kernel';
import type { Clock, Installation } from '@geres/platform';
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { exportArchive, type Exported, type ExportOptions } from './export.js';
import { ArchiveRecorder } from './recorder.js';
import { verifyArchive, type Verification } from './verify.js';

/** Who acts on a whole archive, and which one. */
export interface ArchiveKeeper {
  readonly store: EventStore;
  readonly installation: Pick<Installation, 'environment'>;
  readonly clock: Clock;
  /** `system:<what>`. */
  readonly actor: string;
}

/** Damaged streams that an event names; all of them are in what is answered. */
const MOST_BROKEN = 1000;

/** Verifies the chains and records what was found. What `onProgress` throws ends it, and nothing is recorded. */
export async function verifyAndRecord(keeper: ArchiveKeeper, onProgress?: (progress: { readonly events: number }) => void): Promise<Verification> {
  const found = await verifyArchive(keeper.store, onProgress);
  const { streams, events, broken } = found;
  await record(keeper, { type: 'monitoring.archive.verified', v: 1, data: { streams, events, broken: broken.slice(0, MOST_BROKEN) } });
  return found;
}

/** Exports the archive; that it was exported is durable before the file is of any use. */
export function exportAndRecord(keeper: ArchiveKeeper, to: Writable, { secrets, onProgress }: Pick<ExportOptions, 'secrets' | 'onProgress'> = {}): Promise<Exported> {
  return exportArchive(keeper.store, to, {
    environment: keeper.installation.environment,
    at: keeper.clock(),
    ...(onProgress ? { onProgress } : {}),
    ...(secrets ? { secrets } : {}),
    beforeClosing: ({ events, lastPosition = 'start' }) =>
      record(keeper, { type: 'monitoring.archive.exported', v: 1, data: { events, lastPosition, ...(secrets ? { recipient: secrets.recipient } : {}) } }),
  });
}

/** `id`: of the act; the same again is not recorded twice. */
export function record({ store, installation, clock, actor }: ArchiveKeeper, event: ArchiveEvent, id: string = randomUUID()): Promise<void> {
  const meta: EventMeta = { actor, correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment: installation.environment };
  return new ArchiveRecorder(store).record(event, meta);
}
