import { describe, expect, it } from 'vitest';
import { checkPassword, hashPassword, passwordMatches } from './password.js';

const code = (check: () => void): string => {
  try {
    check();
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a password', () => {
  it.each([
    ['undici-car.', 'password-troppo-corta'],
    ['dodici-caratt', 'accepted'],
    ['una frase lunga che si ricorda bene', 'accepted'],
    ['😀😀😀😀😀😀', 'password-troppo-corta'],
    ['x'.repeat(256), 'accepted'],
    ['x'.repeat(257), 'password-troppo-lunga'],
    ['la.mia.Anna.Prova.qui', 'password-con-login'],
  ])('%j is %s for the login anna.prova', (password, expected) => expect(code(() => checkPassword(password, 'anna.prova'))).toBe(expected));

  it('is kept as Argon2id with the cost that OWASP advises, and a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('lunga-abbastanza'), hashPassword('lunga-abbastanza')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
  });

  it('matches however its accents are typed, and nothing else does', async () => {
    const hash = await hashPassword('perché-così-lunga');
    expect(await passwordMatches('perché-così-lunga'.normalize('NFD'), hash)).toBe(true);
    expect(await passwordMatches('perche-cosi-lunga', hash)).toBe(false);
  });

  it('matches a hash of another cost, which the hash itself tells', async () => {
    const cheap = '$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$';
    await expect(passwordMatches('x', `${cheap}!!`)).rejects.toThrow('not an argon2id hash');
    expect(await passwordMatches('lunga-abbastanza', `${cheap}${'A'.repeat(43)}`)).toBe(false);
  });

  it('matches no hash at all, the hash of nobody least of all', async () => {
    expect(await passwordMatches('', undefined)).toBe(false);
    expect(await passwordMatches('lunga-abbastanza', undefined)).toBe(false);
  });
});
