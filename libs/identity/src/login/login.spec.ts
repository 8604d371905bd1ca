import type { LoginEvent, Tag } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { login } from './login.domain.js';

const { given } = scenario(login);
const tag = 'a'.repeat(32) as Tag;
const reserved = (user: string): LoginEvent => ({ type: 'identity.login.reserved', v: 1, data: { tag, user } });
const released = (user: string): LoginEvent => ({ type: 'identity.login.released', v: 1, data: { tag, user } });

describe('reserving a login or a codice fiscale', () => {
  const reserve = { type: 'reserve', kind: 'login', tag, user: 'anna' } as const;

  it('gives it to the first who asks', () => given().when(reserve).then(reserved('anna')));
  it('does nothing for who has it', () => given(reserved('anna')).when(reserve).thenNothing());
  it('refuses a login of somebody else', () => given(reserved('bruno')).when(reserve).thenFails('nome-utente-in-uso'));
  it('refuses a codice fiscale of somebody else', () => given(reserved('bruno')).when({ ...reserve, kind: 'cf' }).thenFails('codice-fiscale-in-uso'));
  it('gives it again after it was released', () => given(reserved('bruno'), released('bruno')).when(reserve).then(reserved('anna')));
  it('takes it over from who was found to have no right to it', () => given(reserved('bruno')).when({ ...reserve, abandonedBy: 'bruno' }).then(released('bruno'), reserved('anna')));
  it('takes it over from nobody else', () => given(reserved('carla')).when({ ...reserve, abandonedBy: 'bruno' }).thenFails('nome-utente-in-uso'));
});

describe('releasing a login', () => {
  it('frees it', () => given(reserved('anna')).when({ type: 'release', tag, user: 'anna' }).then(released('anna')));
  it('does nothing when it is free, or of somebody else', () => {
    given().when({ type: 'release', tag, user: 'anna' }).thenNothing();
    given(reserved('bruno')).when({ type: 'release', tag, user: 'anna' }).thenNothing();
  });
});
