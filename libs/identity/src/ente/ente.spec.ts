import type { EnteEvent } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { ente } from './ente.domain.js';

const { given } = scenario(ente);
const asl = 'asl_roma1';
const registered: EnteEvent = { type: 'identity.ente.registered', v: 1, data: { ente: asl, name: 'ASL Roma 1', kind: 'ente-esterno' } };
const office: EnteEvent = { type: 'identity.ente.office-added', v: 1, data: { ente: asl, office: 'anagrafe', name: 'Anagrafe sanitaria' } };

describe('registering an Ente', () => {
  const register = { type: 'register', ente: asl, name: 'ASL Roma 1', kind: 'ente-esterno' } as const;

  it('registers it', () => given().when(register).then(registered));
  it('finds it as it is when a second Comune registers it in the same words', () => given(registered).when(register).thenNothing());
  it('refuses other words for one that is registered', () => given(registered).when({ ...register, name: 'Azienda sanitaria' }).thenFails('ente-gia-registrato'));
});

describe('changing an Ente', () => {
  const change = { type: 'change', ente: asl, name: 'ASL Roma 1', kind: 'polizia' } as const;

  it('changes its kind', () => given(registered).when(change).then({ type: 'identity.ente.changed', v: 1, data: { ente: asl, name: 'ASL Roma 1', kind: 'polizia' } }));
  it('refuses one that is not registered', () => given().when(change).thenFails('ente-assente'));
  it('does nothing when it is so already', () => given(registered).when({ ...change, kind: 'ente-esterno' }).thenNothing());
});

describe('the offices of an Ente', () => {
  const add = { type: 'add-office', ente: asl, office: 'anagrafe', name: 'Anagrafe sanitaria' } as const;
  const close = { type: 'close-office', ente: asl, office: 'anagrafe' } as const;

  it('are added', () => given(registered).when(add).then(office));
  it('are added once', () => given(registered, office).when(add).thenNothing());
  it('do not change their name under the same code', () => given(registered, office).when({ ...add, name: 'Altro' }).thenFails('ufficio-gia-presente'));
  it('are closed', () => given(registered, office).when(close).then({ type: 'identity.ente.office-closed', v: 1, data: { ente: asl, office: 'anagrafe' } }));
  it('are closed only where they are', () => given(registered).when(close).thenFails('ufficio-assente'));
  it('belong to an Ente that is registered', () => given().when(add).thenFails('ente-assente'));
});
