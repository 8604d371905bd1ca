import type { ComuneEvent } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { comune } from './comune.domain.js';

const { given } = scenario(comune);
const H501 = 'H501';
const roma = [{ code: '058091', from: '1970-01-01' }];
const registered: ComuneEvent = { type: 'identity.comune.registered', v: 1, data: { comune: H501, name: 'Roma', province: 'RM', istatCodes: roma } };
const suspended: ComuneEvent = { type: 'identity.comune.suspended', v: 1, data: { comune: H501, reason: 'verifica' } };
const succeeded: ComuneEvent = { type: 'identity.comune.succeeded', v: 1, data: { comune: H501, by: 'A944', from: '2027-01-01' } };

describe('registering a Comune', () => {
  const register = { type: 'register', comune: H501, name: 'Roma', province: 'RM', istatCodes: roma } as const;

  it('registers it with its ISTAT codes', () => given().when(register).then(registered));
  it('refuses one that is registered', () => given(registered).when(register).thenFails('comune-gia-registrato'));
  it('refuses ISTAT codes that hold on the same day', () =>
    given()
      .when({ ...register, istatCodes: [{ code: '058091', from: '1970-01-01' }, { code: '258091', from: '2026-01-01' }] })
      .thenFails('codici-istat-non-coerenti'));
  it('refuses a period that ends before it starts', () =>
    given()
      .when({ ...register, istatCodes: [{ code: '058091', from: '2026-01-01', to: '2025-12-31' }] })
      .thenFails('codici-istat-non-coerenti'));
});

describe('changing the ISTAT codes of a Comune, as in Sardinia in 2026', () => {
  const codes = [
    { code: '292009', from: '1970-01-01', to: '2025-12-31' },
    { code: '118009', from: '2026-01-01' },
  ];

  it('keeps the old code with the days on which it held', () =>
    given(registered)
      .when({ type: 'change-codes', comune: H501, istatCodes: codes })
      .then({ type: 'identity.comune.codes-changed', v: 1, data: { comune: H501, istatCodes: codes } }));
  it('refuses codes that overlap by one day', () =>
    given(registered)
      .when({ type: 'change-codes', comune: H501, istatCodes: [{ ...codes[0]!, to: '2026-01-01' }, codes[1]!] })
      .thenFails('codici-istat-non-coerenti'));
  it('does nothing when they are the same', () => given(registered).when({ type: 'change-codes', comune: H501, istatCodes: roma }).thenNothing());
});

describe('renaming a Comune', () => {
  const rename = { type: 'rename', comune: H501, name: 'Roma Capitale', from: '2026-12-01' } as const;

  it('gives it the new name', () => given(registered).when(rename).then({ type: 'identity.comune.renamed', v: 1, data: { comune: H501, name: 'Roma Capitale', from: '2026-12-01' } }));
  it('refuses one that is not registered', () => given().when(rename).thenFails('comune-assente'));
  it('does nothing when it has that name', () => given(registered).when({ ...rename, name: 'Roma' }).thenNothing());
});

describe('suspending and resuming a Comune', () => {
  const suspend = { type: 'suspend', comune: H501, reason: 'verifica' } as const;
  const resume = { type: 'resume', comune: H501 } as const;

  it('suspends it', () => given(registered).when(suspend).then(suspended));
  it('does nothing when it is suspended', () => given(registered, suspended).when(suspend).thenNothing());
  it('resumes it', () => given(registered, suspended).when(resume).then({ type: 'identity.comune.resumed', v: 1, data: { comune: H501 } }));
  it('does nothing when it is not suspended', () => given(registered).when(resume).thenNothing());
  it('refuses one that is not registered', () => given().when(suspend).thenFails('comune-assente'));
  it('brings no Comune back that has become part of another', () => {
    given(registered, succeeded).when(suspend).thenFails('comune-cessato');
    given(registered, succeeded).when(resume).thenFails('comune-cessato');
  });
});
