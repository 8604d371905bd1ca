import type { StoreUnavailable } from '@geres/kernel';
import { CommanderError } from 'commander';
import { inItalian } from './italian.js';
import { EXIT, Ended, type ExitCode } from './outcome.js';

/** Errors whose message is for whoever gave the command. By name: the libraries that throw them are loaded by the commands that need them. */
const CODES: Readonly<Record<string, ExitCode>> = {
  ConfigError: EXIT.wrongUse,
  WrongInstallation: EXIT.wrongUse,
  UnusableKeys: EXIT.wrongUse,
  UnusableTransportKey: EXIT.wrongUse,
  WrongKeyEncryptionKey: EXIT.wrongUse,
  DataFolderInUse: EXIT.unreachable,
  UnshreddableMonth: EXIT.refused,
  UnusableBackup: EXIT.damaged,
  UnusableArchive: EXIT.damaged,
};

/** What to say of a failure, and what to end with. Nothing is said of a request for help. */
export function outcomeOf(error: unknown): { readonly code: ExitCode; readonly words?: string } {
  if (error instanceof Ended) return { code: error.code, words: error.message };
  if (error instanceof CommanderError) return error.exitCode === 0 ? { code: EXIT.done } : { code: EXIT.wrongUse, words: inItalian(error) };
  if (!(error instanceof Error)) return { code: EXIT.refused, words: String(error) };
  if (error.name === 'AbortError') return { code: EXIT.interrupted, words: 'interrotto' };
  const known = CODES[error.name];
  if (known !== undefined) return { code: known, words: error.message };
  if (error.name === 'StoreUnavailable') return ofStore(error as StoreUnavailable);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return { code: EXIT.wrongUse, words: `${path ?? syscall}: ${FILE_FAULTS[code] ?? code}` };
  return { code: EXIT.refused, words: error.stack ?? error.message };
}

function ofStore({ reason }: StoreUnavailable): { readonly code: ExitCode; readonly words: string } {
  const damaged = /malformed|not a database|corrupt/i.test(reason);
  return { code: damaged ? EXIT.damaged : EXIT.refused, words: damaged ? `il file dell’archivio è danneggiato (${reason})` : `l’archivio non si apre (${reason})` };
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'non c’è',
  EACCES: 'questo utente non può usarlo',
  EPERM: 'questo utente non può usarlo',
  EEXIST: 'c’è già',
  EISDIR: 'è una cartella',
  ENOTDIR: 'non è una cartella',
  ENOSPC: 'il disco è pieno',
  EROFS: 'il disco è in sola lettura',
};
