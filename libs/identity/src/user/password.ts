import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { failUser } from './user.problems.js';

/** OWASP's second choice for Argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_LENGTH = 32;

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;

const normalised = (password: string): string => password.normalize('NFKC');

/** Length, and not the login inside it (NIST SP 800-63B: no rules about kinds of characters). */
export function checkPassword(password: string, login: string): void {
  const { length } = [...normalised(password)];
  if (length < PASSWORD_MIN) throw failUser('password-troppo-corta', { minimo: PASSWORD_MIN });
  if (length > PASSWORD_MAX) throw failUser('password-troppo-lunga', { massimo: PASSWORD_MAX });
  if (normalised(password).toLowerCase().includes(login)) throw failUser('password-con-login');
}

const derive = (parameters: Argon2Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) => argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag))));

const parametersOf = (password: string, nonce: Buffer, cost: { memory: number; passes: number; parallelism: number }): Argon2Parameters => ({
  message: Buffer.from(normalised(password)),
  nonce,
  tagLength: TAG_LENGTH,
  ...cost,
});

/** A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive(parametersOf(password, salt, COST));
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${salt.toString('base64url')}$${tag.toString('base64url')}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/;

/** A hash of no password, so that an unknown login takes the time of a known one. */
const NOBODY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${Buffer.alloc(16).toString('base64url')}$${Buffer.alloc(TAG_LENGTH).toString('base64url')}`;

/** Takes the same time whether the hash is there or not. */
export async function passwordMatches(password: string, hash: string | undefined): Promise<boolean> {
  const parts = PHC.exec(hash ?? NOBODY);
  if (!parts) throw new TypeError('not an argon2id hash');
  const [, memory, passes, parallelism, salt, tag] = parts;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const found = await derive(parametersOf(password, Buffer.from(salt!, 'base64url'), cost));
  return timingSafeEqual(found, Buffer.from(tag!, 'base64url')) && hash !== undefined;
}
