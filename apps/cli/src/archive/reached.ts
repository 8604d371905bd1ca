import type { MonthHeld, MonthOfComune, TailLine, Verification } from '@geres/monitoring/archive';
import type { BackupManifest } from '@geres/platform/embedded';
import { controlPath, readInstallation } from '@geres/platform/embedded';
import { DataFolderInUse } from '@geres/platform/event-store';
import type { Writable } from 'node:stream';
import { unreachable, wrongUse } from '../outcome.js';
import { dataFolderOf, settingsFor, type DataOption } from '../settings.js';
import { openOffline } from './offline.js';
import { answersAt, openOnline } from './online.js';

export interface TailAsked {
  readonly last: number;
  readonly follow: boolean;
}

/** An archive, wherever it is. */
export interface Archive {
  /** Whether anything may come to it while this command looks. */
  readonly running: boolean;
  tail(asked: TailAsked): AsyncIterable<TailLine>;
  verify(onProgress: (events: number) => void): Promise<Verification>;
  /** `to` is given the file and not ended. `per`: public key (PEM) to which the secrets are sealed. */
  exportTo(to: Writable, per?: string): Promise<void>;
  /** What the secret of a month lets read; nothing changes. */
  month(of: MonthOfComune): Promise<MonthHeld>;
  /** Destroys that secret for ever. */
  shred(of: MonthOfComune, reason: string): Promise<MonthHeld>;
  close(): Promise<void>;
}

/** The archive of a data folder, through the process that works on it or, where there is none, directly. */
export interface ReachedArchive extends Archive {
  /** `folder` is absolute. */
  backup(folder: string): Promise<BackupManifest>;
}

/** Errors: `Ended` where there is no installation, or one that does not answer. */
export async function reachArchive(option: DataOption, signal: AbortSignal): Promise<ReachedArchive> {
  const folder = dataFolderOf(option);
  if ((await readInstallation(folder)) === undefined) throw wrongUse(`in ${folder} non c’è un’installazione di GeRes: la cartella dei dati si indica con --dati o GERES_DATA${process.env['GERES_EVENTSTORE_URL'] === undefined ? '' : ', i motori con --motori'}`);
  const socket = controlPath(folder);
  if (await answersAt(socket)) return openOnline(socket, signal);
  try {
    return await openOffline(folder, settingsFor(option), signal);
  } catch (error) {
    if (error instanceof DataFolderInUse) throw unreachable(`${error.message}, che non risponde ancora: riprovare fra poco`);
    throw error;
  }
}
