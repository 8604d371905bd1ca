import type { SessionEvent } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { isOpen, session } from './session.domain.js';

const { given } = scenario(session);
const id = '01JD0000000000000000000003';
const facts = { session: id, user: '01JD0000000000000000000004', application: 'tributi-roma', method: 'jwt-bearer', expiresAt: '2026-11-23T19:00:00.000Z' } as const;
const opened: SessionEvent = { type: 'identity.session.opened', v: 1, data: facts };
const refused: SessionEvent = { type: 'identity.session.refused', v: 1, data: { session: id, application: 'tributi-roma', method: 'password', reason: 'credenziali-errate' } };
const closed: SessionEvent = { type: 'identity.session.closed', v: 1, data: { session: id, reason: 'uscita' } };

describe('opening a session', () => {
  const open = { type: 'open', ...facts, now: '2026-11-23T09:00:00.000Z' } as const;

  it('opens it until an instant', () => given().when(open).then(opened));
  it('keeps the role that was chosen at the console', () =>
    given()
      .when({ ...open, role: { role: 'TOP', comune: 'H501' } })
      .then({ ...opened, data: { ...facts, role: { role: 'TOP', comune: 'H501' } } }));
  it('refuses one that is there', () => given(opened).when(open).thenFails('sessione-gia-presente'));
  it('refuses one that would be over', () => given().when({ ...open, now: facts.expiresAt }).thenFails('sessione-senza-durata'));
});

describe('a sign-in that is refused', () => {
  const refuse = { type: 'refuse', session: id, application: 'tributi-roma', method: 'password', reason: 'credenziali-errate' } as const;

  it('is recorded', () => given().when(refuse).then(refused));
  it('is no session that could be opened or closed', () => {
    given(refused).when({ type: 'open', ...facts, now: '2026-11-23T09:00:00.000Z' }).thenFails('sessione-gia-presente');
    given(refused).when({ type: 'close', session: id, reason: 'uscita' }).thenFails('sessione-assente');
  });
});

describe('closing a session', () => {
  it('closes it', () => given(opened).when({ type: 'close', session: id, reason: 'uscita' }).then(closed));
  it('does nothing the second time', () => given(opened, closed).when({ type: 'close', session: id, reason: 'altro' }).thenNothing());
  it('refuses one that is not there', () => given().when({ type: 'close', session: id, reason: 'uscita' }).thenFails('sessione-assente'));
});

it('is open until its instant, and not once it was closed', () => {
  const state = [opened].reduce(session.evolve, session.initial);
  expect(isOpen(state, new Date('2026-11-23T18:59:59.999Z'))).toBe(true);
  expect(isOpen(state, new Date(facts.expiresAt))).toBe(false);
  expect(isOpen(session.evolve(state, closed), new Date('2026-11-23T10:00:00.000Z'))).toBe(false);
});
