import type { ProfileEvent, ProfileTerms } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { TERMS } from '../testing/terms.js';
import { profile } from './profile.domain.js';

const { given } = scenario(profile);
const of = { profile: '01JD0000000000000000000001', convention: '01JD0000000000000000000002', comune: 'H501', ente: 'asl_roma1' };
const terms: ProfileTerms = { name: 'Sportello', services: [{ service: 'residenza', modes: ['consultazione'] }], purposes: ['NOT-01'] };
const defined: ProfileEvent = { type: 'identity.profile.defined', v: 1, data: { ...of, terms } };
const withdrawn: ProfileEvent = { type: 'identity.profile.withdrawn', v: 1, data: of };

describe('defining a profile', () => {
  const define = { type: 'define', ...of, terms, ceiling: TERMS } as const;

  it('defines a part of what the convention grants', () => given().when(define).then(defined));
  it('refuses one that is there', () => given(defined).when(define).thenFails('profilo-gia-presente'));
  it.each<[what: string, wrong: Partial<ProfileTerms>]>([
    ['a service that the convention does not grant', { services: [{ service: 'stato-civile', modes: ['consultazione'] }] }],
    ['a mode that the convention does not grant', { services: [{ service: 'residenza', modes: ['consultazione', 'verifica'] }] }],
    ['a motivo that the convention does not grant', { purposes: ['TRIB-01', 'PG-01'] }],
  ])('refuses %s', (_, wrong) => given().when({ ...define, terms: { ...terms, ...wrong } }).thenFails('profilo-oltre-convenzione'));
  it.each<[what: string, wrong: Partial<ProfileTerms>]>([
    ['a service', { services: [...terms.services, ...terms.services] }],
    ['a mode', { services: [{ service: 'residenza', modes: ['consultazione', 'consultazione'] }] }],
    ['a motivo', { purposes: ['NOT-01', 'NOT-01'] }],
  ])('refuses %s that comes twice', (_, wrong) => given().when({ ...define, terms: { ...terms, ...wrong } }).thenFails('profilo-ripetuto'));
});

describe('changing a profile', () => {
  const wider: ProfileTerms = { name: 'Sportello', services: terms.services };
  const change = { type: 'change', ...of, terms: wider, ceiling: TERMS } as const;

  it('changes what it allows from now on', () => given(defined).when(change).then({ type: 'identity.profile.changed', v: 1, data: { ...of, terms: wider } }));
  it('never goes past what the convention grants now', () => given(defined).when({ ...change, ceiling: { ...TERMS, services: TERMS.services.slice(0, 1) } }).thenFails('profilo-oltre-convenzione'));
  it('refuses one that was withdrawn', () => given(defined, withdrawn).when(change).thenFails('profilo-ritirato'));
  it('refuses one that is not there, or is of another convention', () => {
    given().when(change).thenFails('profilo-assente');
    given(defined).when({ ...change, convention: '01JD0000000000000000000009' }).thenFails('profilo-assente');
  });
  it('does nothing when it allows just that', () => given(defined).when({ ...change, terms }).thenNothing());
});

describe('withdrawing a profile', () => {
  it('withdraws it', () => given(defined).when({ type: 'withdraw', ...of }).then(withdrawn));
  it('does nothing the second time', () => given(defined, withdrawn).when({ type: 'withdraw', ...of }).thenNothing());
  it('refuses one that is not there', () => given().when({ type: 'withdraw', ...of }).thenFails('profilo-assente'));
});
