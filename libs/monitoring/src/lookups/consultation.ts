import type { ArchiveEvent } from '@geres/contracts';
import { failMonitoring } from './lookups.problems.js';
import type { Reader, ReadingPorts } from './ports.js';

type Consulted = Extract<ArchiveEvent, { readonly type: 'monitoring.archive.consulted' }>['data'];

/** Resolves when the reading is durable: only then may anything be shown. Errors: `consultazione-non-registrata`. */
export async function recorded({ recorder }: Pick<ReadingPorts, 'recorder'>, { meta }: Reader, data: Consulted): Promise<void> {
  try {
    await recorder.record({ type: 'monitoring.archive.consulted', v: 1, data }, meta());
  } catch (cause) {
    const problem = failMonitoring('consultazione-non-registrata');
    problem.cause = cause;
    throw problem;
  }
}
