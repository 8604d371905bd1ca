import { AlreadyThere, type Collection, type Environment } from '@geres/kernel';
import { ulid } from 'ulid';
import { WrongInstallation } from '../embedded/installation-file.js';
import type { Installation } from '../installation.js';

export type InstallationRow = Installation & { readonly createdAt: string };

const ID = 'installazione';

/** The one installation of these engines, made by whichever service comes first. Errors: `WrongInstallation` for engines of another environment. */
export async function sharedInstallation(rows: Collection<InstallationRow>, environment: Environment, now: Date): Promise<Installation> {
  const made: InstallationRow = { id: ulid(now.getTime()), incarnation: ulid(now.getTime()), environment, createdAt: now.toISOString() };
  await rows.insert(ID, made).catch((error: unknown) => {
    if (!(error instanceof AlreadyThere)) throw error;
  });
  const { id, incarnation, environment: known } = (await rows.get(ID))!;
  if (known !== environment) throw new WrongInstallation(`i motori sono di un’installazione in ambiente «${known}»: questo servizio non si può avviare in «${environment}»`);
  return { id, incarnation, environment: known };
}
