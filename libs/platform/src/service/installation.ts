import { AlreadyThere, type Collection, type Environment } from '@geres/kernel';
import { ulid } from 'ulid';
import { WrongInstallation } from '../embedded/installation-file.js';
import type { Installation } from '../installation.js';

export type InstallationRow = Installation & {
  readonly createdAt: string;
  /** An import or a restore has begun and not ended: no service starts on what is there. */
  readonly unfinished?: true;
};

const ID = 'installazione';

/** The one installation of these engines, made by whichever service comes first. Errors: `WrongInstallation` for engines of another environment, or an import that has not ended. */
export async function sharedInstallation(rows: Collection<InstallationRow>, environment: Environment, now: Date): Promise<Installation> {
  await inserted(rows, { ...newInstallation(environment, now), createdAt: now.toISOString() });
  return (await knownInstallation(rows, environment))!;
}

/** The installation of these engines, if there is one. Errors: as `sharedInstallation`. */
export async function knownInstallation(rows: Collection<InstallationRow>, environment: Environment): Promise<Installation | undefined> {
  const row = await rowOf(rows, environment);
  if (row?.unfinished) throw new WrongInstallation('su questi motori un’importazione o un ripristino non è arrivato in fondo: ripetere lo stesso comando');
  return row && plain(row);
}

/** The incarnation of an import or a restore that has begun and not ended. Errors: `WrongInstallation` for engines of another environment. */
export async function unfinishedIncarnation(rows: Collection<InstallationRow>, environment: Environment): Promise<string | undefined> {
  const row = await rowOf(rows, environment);
  return row?.unfinished && row.incarnation;
}

/** A new incarnation, on which no service starts before `endRenewal`; the same one where this had been begun. Errors: `WrongInstallation` for engines of another environment. */
export async function beginRenewal(rows: Collection<InstallationRow>, environment: Environment, now: Date): Promise<Installation> {
  for (;;) {
    const row = await rowOf(rows, environment);
    if (row?.unfinished) return plain(row);
    const fresh = newInstallation(environment, now);
    const next: InstallationRow = { ...fresh, id: row?.id ?? fresh.id, createdAt: row?.createdAt ?? now.toISOString(), unfinished: true };
    if (row ? await rows.replace(ID, row, next) : await inserted(rows, next)) return plain(next);
  }
}

/** What was begun has come to its end: services may start. */
export async function endRenewal(rows: Collection<InstallationRow>): Promise<void> {
  const row = await rows.get(ID);
  if (!row?.unfinished) return;
  const { unfinished: _, ...finished } = row;
  await rows.replace(ID, row, finished);
}

const newInstallation = (environment: Environment, now: Date): Installation => ({ id: ulid(now.getTime()), incarnation: ulid(now.getTime()), environment });
const plain = ({ id, incarnation, environment }: InstallationRow): Installation => ({ id, incarnation, environment });

async function rowOf(rows: Collection<InstallationRow>, environment: Environment): Promise<InstallationRow | undefined> {
  const row = await rows.get(ID);
  if (row && row.environment !== environment) throw new WrongInstallation(`i motori sono di un’installazione in ambiente «${row.environment}»: non si può lavorare in «${environment}»`);
  return row;
}

const inserted = (rows: Collection<InstallationRow>, row: InstallationRow): Promise<boolean> =>
  rows.insert(ID, row).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AlreadyThere) return false;
      throw error;
    },
  );
