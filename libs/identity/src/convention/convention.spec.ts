import type { ConventionEvent, ConventionTerms } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { TERMS } from '../testing/terms.js';
import { convention } from './convention.domain.js';

const { given } = scenario(convention);
const of = { convention: '01JD0000000000000000000005', comune: 'H501', ente: 'asl_roma1' };
const today = '2026-11-23';
const reason = 'verifica in corso';

const drafted: ConventionEvent = { type: 'identity.convention.drafted', v: 1, data: { ...of, terms: TERMS } };
const approved: ConventionEvent = { type: 'identity.convention.approved', v: 1, data: { ...of, approvedAt: `${today}T09:00:00.000Z`, recertifyBy: '2027-11-23' } };
const suspended: ConventionEvent = { type: 'identity.convention.suspended', v: 1, data: { ...of, reason } };
const admitted: ConventionEvent = { type: 'identity.convention.application-admitted', v: 1, data: { ...of, application: 'anagrafe-asl' } };
const revoked: ConventionEvent = { type: 'identity.convention.revoked', v: 1, data: { ...of, reason } };

describe('drafting a convention', () => {
  const draft = { type: 'draft', ...of, terms: TERMS, registryDuty: false } as const;

  it('records its terms', () => given().when(draft).then(drafted));
  it('refuses one that is there', () => given(drafted).when(draft).thenFails('convenzione-gia-presente'));
  it.each<[what: string, code: string, wrong: Partial<ConventionTerms>]>([
    ['that ends before it starts', 'date-non-coerenti', { to: '2026-01-31' }],
    ['that starts before its act', 'date-non-coerenti', { from: '2026-01-09' }],
    ['with a motivo twice', 'motivi-ripetuti', { purposes: [TERMS.purposes[0]!, TERMS.purposes[0]!] }],
    ['with a service twice', 'servizi-ripetuti', { services: [TERMS.services[0]!, TERMS.services[0]!] }],
    ['with a mode twice', 'servizi-ripetuti', { services: [{ service: 'residenza', modes: ['verifica', 'verifica'], channel: 'pdnd' }] }],
    ['with a service that its channel does not offer', 'servizio-non-offerto', { services: [{ service: 'residenza', modes: ['consultazione', 'verifica'], channel: 'ws' }], wsReason: 'prova' }],
    ['with a mode that no channel offers', 'servizio-non-offerto', { services: [{ service: 'cittadinanza', modes: ['verifica'], channel: 'pdnd' }] }],
    ['whose day ends before it starts', 'orario-non-coerente', { hours: { ...TERMS.hours, from: '18:00', to: '08:00' } }],
    ['whose day ends after midnight', 'orario-non-coerente', { hours: { ...TERMS.hours, to: '24:30' } }],
    ['with a weekday twice', 'orario-non-coerente', { hours: { ...TERMS.hours, days: [1, 1] } }],
    ['that uses ws outside the registry’s duties without a reason', 'motivazione-ws-mancante', { services: [{ service: 'residenza', modes: ['consultazione'], channel: 'ws' }] }],
  ])('refuses one %s', (_, code, wrong) => given().when({ ...draft, terms: { ...TERMS, ...wrong } }).thenFails(code));

  const ws: ConventionTerms = { ...TERMS, services: [{ service: 'residenza', modes: ['consultazione'], channel: 'ws' }] };
  it('lets an office of the Comune itself use ws for the registry’s duties', () => given().when({ ...draft, terms: ws, registryDuty: true }).then({ ...drafted, data: { ...of, terms: ws } }));
  it('lets others use ws with a recorded reason', () => {
    const terms = { ...ws, wsReason: 'e-service non ancora disponibile' };
    given().when({ ...draft, terms }).then({ ...drafted, data: { ...of, terms } });
  });
});

describe('amending a convention', () => {
  const terms = { ...TERMS, territory: 'residenti' } as const;
  const amend = { type: 'amend', ...of, terms, registryDuty: false } as const;

  it('changes its terms, also while it is in force', () => given(drafted, approved).when(amend).then({ type: 'identity.convention.amended', v: 1, data: { ...of, terms } }));
  it('holds the new terms to the same rules', () => given(drafted).when({ ...amend, terms: { ...terms, to: '2020-01-01' } }).thenFails('date-non-coerenti'));
  it('does nothing when the terms are those', () => given(drafted).when({ ...amend, terms: { ...TERMS } }).thenNothing());
  it('refuses one that has ended', () => given(drafted, approved, revoked).when(amend).thenFails('convenzione-terminata'));
  it('refuses one of another Comune or Ente', () => {
    given(drafted).when({ ...amend, comune: 'A944' }).thenFails('convenzione-assente');
    given(drafted).when({ ...amend, ente: 'altro_ente' }).thenFails('convenzione-assente');
  });
});

describe('approving a convention', () => {
  const approve = { type: 'approve', ...of, now: `${today}T09:00:00.000Z`, today, recertifyBy: '2027-11-23' } as const;

  it('puts it in force until a day on which it is recertified', () => given(drafted).when(approve).then(approved));
  it('does nothing when it is in force or suspended', () => {
    given(drafted, approved).when(approve).thenNothing();
    given(drafted, approved, suspended).when(approve).thenNothing();
  });
  it('refuses one whose last day has passed', () => given(drafted).when({ ...approve, today: '2028-02-01' }).thenFails('data-di-fine-passata'));
  it('refuses a day of recertification that is not to come, or is past its end', () => {
    given(drafted).when({ ...approve, recertifyBy: today }).thenFails('ricertificazione-non-coerente');
    given(drafted).when({ ...approve, recertifyBy: '2028-02-01' }).thenFails('ricertificazione-non-coerente');
  });
  it('refuses one that is not there', () => given().when(approve).thenFails('convenzione-assente'));
});

describe('the applications of a convention', () => {
  const admit = { type: 'admit-application', ...of, application: 'anagrafe-asl', applicationEnte: 'asl_roma1' } as const;
  const remove = { type: 'remove-application', ...of, application: 'anagrafe-asl' } as const;

  it('are admitted one by one', () => given(drafted).when(admit).then(admitted));
  it('are admitted once', () => given(drafted, admitted).when(admit).thenNothing());
  it('are those of its Ente alone', () => given(drafted).when({ ...admit, applicationEnte: 'altro_ente' }).thenFails('applicazione-di-altro-ente'));
  it('are taken out again', () => given(drafted, admitted).when(remove).then({ type: 'identity.convention.application-removed', v: 1, data: { ...of, application: 'anagrafe-asl' } }));
  it('are taken out once', () => given(drafted).when(remove).thenNothing());
  it('are admitted to none that has ended', () => given(drafted, revoked).when(admit).thenFails('convenzione-terminata'));
});

describe('suspending, resuming and revoking a convention', () => {
  it('suspends one in force', () => given(drafted, approved).when({ type: 'suspend', ...of, reason }).then(suspended));
  it('suspends it once', () => given(drafted, approved, suspended).when({ type: 'suspend', ...of, reason }).thenNothing());
  it('suspends none that was never approved', () => given(drafted).when({ type: 'suspend', ...of, reason }).thenFails('convenzione-non-approvata'));
  it('resumes one that is suspended', () => given(drafted, approved, suspended).when({ type: 'resume', ...of }).then({ type: 'identity.convention.resumed', v: 1, data: of }));
  it('does nothing when it is in force', () => given(drafted, approved).when({ type: 'resume', ...of }).thenNothing());
  it('resumes none that was never approved', () => given(drafted).when({ type: 'resume', ...of }).thenFails('convenzione-non-sospesa'));
  it('revokes it for ever, whatever its state', () => {
    given(drafted).when({ type: 'revoke', ...of, reason }).then(revoked);
    given(drafted, approved, suspended).when({ type: 'revoke', ...of, reason }).then(revoked);
    given(drafted, revoked).when({ type: 'resume', ...of }).thenFails('convenzione-terminata');
  });
  it('revokes it once', () => given(drafted, revoked).when({ type: 'revoke', ...of, reason }).thenNothing());
});

describe('the term of a convention', () => {
  const recertify = { type: 'recertify', ...of, today, recertifyBy: '2028-01-31' } as const;
  const extend = { type: 'extend', ...of, today, to: '2030-01-31' } as const;
  const expire = { type: 'expire', ...of, today: '2028-02-01' } as const;

  it('is confirmed by recertification', () => given(drafted, approved).when(recertify).then({ type: 'identity.convention.recertified', v: 1, data: { ...of, recertifyBy: '2028-01-31' } }));
  it('is not confirmed before approval, nor past the end', () => {
    given(drafted).when(recertify).thenFails('convenzione-non-approvata');
    given(drafted, approved).when({ ...recertify, recertifyBy: '2028-02-01' }).thenFails('ricertificazione-non-coerente');
  });
  it('is not confirmed twice for the same day', () => given(drafted, approved).when({ ...recertify, recertifyBy: '2027-11-23' }).thenNothing());
  it('is extended to a later day', () => given(drafted, approved).when(extend).then({ type: 'identity.convention.extended', v: 1, data: { ...of, to: '2030-01-31' } }));
  it('is not extended to an earlier day, or one that has passed', () => {
    given(drafted, approved).when({ ...extend, to: '2027-01-31' }).thenFails('proroga-non-successiva');
    given(drafted, approved).when({ ...extend, to: '2026-11-22' }).thenFails('data-di-fine-passata');
  });
  it('is not extended to the day that it ends on', () => given(drafted, approved).when({ ...extend, to: TERMS.to }).thenNothing());
  it('ends after its last day', () => given(drafted, approved).when(expire).then({ type: 'identity.convention.expired', v: 1, data: { ...of, on: TERMS.to } }));
  it('does not end on its last day', () => given(drafted, approved).when({ ...expire, today: TERMS.to }).thenFails('convenzione-ancora-in-corso'));
  it('ends once', () => given(drafted, revoked).when(expire).thenNothing());
});
