import { AlreadyThere, type Collection, type EventMeta, type Folded } from '@geres/kernel';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import type { RoleHolderRow } from '../read-models/projections.js';
import { checkPassword } from '../user/password.js';
import { normalisedLogin, type Users } from '../user/users.js';
import type { OidcSettings } from './settings.js';

export interface SetupRow {
  readonly code: string;
  readonly used: boolean;
}

export interface SetupDeps extends Pick<OidcSettings, 'clock' | 'environment'> {
  readonly users: Users;
  readonly setups: Collection<SetupRow>;
  readonly roleHolders: Collection<Folded<RoleHolderRow>>;
  /** Resolves when `roleHolders` holds what there was at the start of this process: before, nothing is known. */
  readonly caughtUp: () => Promise<void>;
}

export interface FirstGestore {
  readonly code: string;
  readonly login: string;
  readonly name: string;
  readonly surname: string;
  readonly password: string;
}

const ROW = 'gestore';
const digest = (code: string): string => createHash('sha256').update(code.replaceAll(/[\s-]/g, '').toUpperCase()).digest('hex');

/** One-time set-up of an installation that has no GESTORE: whoever holds the code that was printed at the start creates the first one. */
export class Setup {
  constructor(private readonly deps: SetupDeps) {}

  /**
   * A new code, to be shown once to whoever starts the installation; codes of earlier starts no longer work. `undefined` when there is a GESTORE.
   */
  async code(): Promise<string | undefined> {
    if (await this.hasGestore()) return undefined;
    const code = randomBytes(15).toString('hex').toUpperCase().match(/.{5}/g)!.join('-');
    const row: SetupRow = { code: digest(code), used: false };
    for (;;) {
      const seen = await this.deps.setups.get(ROW);
      if (seen ? await this.deps.setups.replace(ROW, seen, row) : await this.inserted(row)) return code;
    }
  }

  async isOpen(): Promise<boolean> {
    const row = await this.deps.setups.get(ROW);
    return row !== undefined && !row.used && !(await this.hasGestore());
  }

  /** False when the code is not, or no longer, the right one. Problems: those of a password. */
  async complete({ code, login, name, surname, password }: FirstGestore): Promise<boolean> {
    checkPassword(password, normalisedLogin(login));
    const row = await this.deps.setups.get(ROW);
    if (!row || row.used || row.code !== digest(code) || (await this.hasGestore())) return false;
    if (!(await this.deps.setups.replace(ROW, row, { ...row, used: true }))) return false;
    const user = ulid(this.deps.clock().getTime());
    await this.deps.users.enrol(user, { login, name, surname }, this.meta(), { assignment: { role: 'GESTORE' }, password: { text: password, mustChange: false } });
    return true;
  }

  private async hasGestore(): Promise<boolean> {
    await this.deps.caughtUp();
    return (await this.deps.roleHolders.find({ equal: { role: 'GESTORE' }, limit: 1 })).rows.length > 0;
  }

  private async inserted(row: SetupRow): Promise<boolean> {
    try {
      await this.deps.setups.insert(ROW, row);
      return true;
    } catch (error) {
      if (error instanceof AlreadyThere) return false;
      throw error;
    }
  }

  private meta(): EventMeta {
    const id = randomUUID();
    return { actor: 'system:setup', correlationId: id, causationId: id, recordedAt: this.deps.clock().toISOString(), environment: this.deps.environment };
  }
}
