import { describe, expect, it } from 'vitest';
import { counters } from '../register/usage.domain.js';
import { facts, granting, grantsOf, ids, NOW, question, rights, terms } from '../testing/world.js';
import { admit, collectable, repeatable, stillAdmitted, type Facts, type Question } from './admission.domain.js';
import type { RefusalReason } from './lookup.problems.js';

const verdict = (asked: Partial<Question> = {}, changed: Partial<Facts> = {}, usage = counters()) => admit({ ...question, ...asked }, facts(changed), usage);
const reason = (...given: Parameters<typeof verdict>): RefusalReason | undefined => {
  const judged = verdict(...given);
  return 'refused' in judged ? judged.refused.reason : undefined;
};
const withUser = (changed: object): Partial<Facts> => {
  const all = rights();
  all.users.set(ids.user, { ...all.users.get(ids.user)!, ...changed });
  return { rights: all };
};
/** The session was vouched for by its application, for an operator bound to `application` in the Comune. */
const vouched = (application: string | undefined, changed: Partial<typeof terms> = {}): Partial<Facts> => {
  const all = rights();
  all.sessions.set(ids.session, { ...all.sessions.get(ids.session)!, method: 'jwt-bearer' });
  all.users.set(ids.user, { ...all.users.get(ids.user)!, roles: [{ role: 'AUTORIZZATO', comune: ids.comune, ente: ids.ente, ...(application === undefined ? {} : { application }) }] });
  return { rights: all, grants: grantsOf(...granting(changed)) };
};
const withTerms = (changed: Partial<typeof terms>): Partial<Facts> => ({ grants: grantsOf(...granting(changed)) });
const after = (type: string, data: object): Partial<Facts> => ({ grants: grantsOf(...granting(), { type, v: 1, data }) });
const convention = { convention: ids.convention, comune: ids.comune, ente: ids.ente };
/** The same services in the convention and in the profile. */
const everywhere = (services: (typeof terms)['services']): Partial<Facts> => ({
  grants: grantsOf(...granting({ services }), { type: 'identity.profile.changed', v: 1, data: { ...convention, profile: ids.profile, terms: { name: 'Tributi', services: services.map(({ service, modes }) => ({ service, modes })) } } }),
});

describe('admitting a lookup', () => {
  it('admits it with the channel, sections, territory and ANPR operator that hold', () => {
    expect(verdict()).toEqual({
      admitted: {
        convention: ids.convention,
        profile: ids.profile,
        channel: 'ws',
        sections: ['2', '10', '27', '28'],
        territory: 'nazionale',
        anprOperator: ids.operator,
        limits: { limit: 5, remaining: 4, reset: 60 },
      },
    });
  });

  it('asks only for the sections that the service needs', () => {
    expect(verdict({ service: 'generalita' })).toMatchObject({ admitted: { sections: ['2', '27', '28'] } });
  });

  it.each<[RefusalReason, string, Partial<Question>, Partial<Facts>]>([
    ['sessione-chiusa', 'a session that is not open', { session: '01JDSESS00000000000000000Z' }, {}],
    ['sessione-chiusa', 'a session of another application', { application: 'altra' }, {}],
    ['sessione-chiusa', 'a session that has expired', {}, { now: new Date('2026-11-23T19:00:00.000Z') }],
    ['utente-non-abilitato', 'a disabled user', {}, withUser({ enabled: false })],
    ['utente-non-abilitato', 'a user whom the Comune has stopped', {}, withUser({ disabledIn: new Set([ids.comune]) })],
    ['utente-non-abilitato', 'a user locked for good', {}, withUser({ lockedUntil: 'always' })],
    ['utente-non-abilitato', 'a user locked until later', {}, withUser({ lockedUntil: '2026-11-23T09:00:00.001Z' })],
    ['utente-non-abilitato', 'a user who is no AUTORIZZATO of that Ente', {}, withUser({ roles: [{ role: 'ADMIN', comune: ids.comune, ente: ids.ente }] })],
    ['utente-non-abilitato', 'a user of another Comune', { comune: 'A944' }, {}],
    ['utente-non-abilitato', 'a user without a profile', {}, after('identity.user.profile-removed', { user: ids.user, profile: ids.profile, comune: ids.comune, ente: ids.ente })],
    ['utente-non-abilitato', 'a profile that was withdrawn', {}, after('identity.profile.withdrawn', { profile: ids.profile, ...convention })],
    ['applicazione-non-abilitata', 'an application that the convention does not admit', {}, after('identity.convention.application-removed', { ...convention, application: ids.application })],
    ['applicazione-non-abilitata', 'an application that vouches where the convention does not let it', {}, vouched(ids.application, { jwtBearer: false })],
    ['applicazione-non-abilitata', 'an application that vouches for an operator of another application', {}, vouched('altra')],
    ['applicazione-non-abilitata', 'an application that vouches for an operator bound to none here', {}, vouched(undefined)],
    ['convenzione-non-attiva', 'a suspended convention', {}, after('identity.convention.suspended', { ...convention, reason: 'verifica' })],
    ['convenzione-non-attiva', 'a revoked convention', {}, after('identity.convention.revoked', { ...convention, reason: 'fine' })],
    ['convenzione-non-attiva', 'a convention past its last day', {}, withTerms({ to: '2026-11-22' })],
    ['convenzione-non-attiva', 'a convention before its first day', {}, withTerms({ from: '2026-11-24' })],
    ['convenzione-non-attiva', 'a convention that nobody recertified', {}, after('identity.convention.recertified', { ...convention, recertifyBy: '2026-11-22' })],
    ['convenzione-non-attiva', 'a suspended Comune', {}, after('identity.comune.suspended', { comune: ids.comune, reason: 'verifica' })],
    ['servizio-non-autorizzato', 'a service outside the profile', { service: 'stato-civile' }, {}],
    ['servizio-non-autorizzato', 'a mode outside the convention', { mode: 'verifica' }, {}],
    ['servizio-non-autorizzato', 'a service that its channel cannot serve', { service: 'stato-famiglia' }, everywhere([{ service: 'stato-famiglia', modes: ['consultazione'], channel: 'ws' }])],
    ['motivo-non-ammesso', 'a motivo outside the convention', { purpose: 'ALTRO' }, {}],
    ['pratica-mancante', 'a motivo that needs its pratica', { hasCase: false }, {}],
    ['fuori-orario', 'a Sunday', {}, { now: new Date('2026-11-22T09:00:00Z') }],
    ['fuori-orario', 'a public holiday', {}, { now: new Date('2026-12-08T09:00:00Z') }],
    ['fuori-orario', 'an hour before opening, in Rome', {}, { now: new Date('2026-11-23T06:59:00Z') }],
    ['fuori-orario', 'the minute of closing, in Rome', {}, { now: new Date('2026-11-23T17:00:00Z') }],
    ['rete-non-ammessa', 'a network outside the convention', {}, withTerms({ networks: ['192.168.0.0/16'] })],
    ['connessione-non-attiva', 'a suspended connection', {}, after('anpr.connection.suspended', { comune: ids.comune, channel: 'ws', reason: 'guasto' })],
    ['connessione-non-attiva', 'no ANPR operator in office', {}, after('anpr.connection.operator-withdrawn', { comune: ids.comune, channel: 'ws', operator: ids.operator, reason: 'trasferito' })],
  ])('refuses with %s: %s', (code, _, asked, changed) => {
    const sessions = facts(changed).rights.sessions;
    const open = { ...changed, rights: { ...facts(changed).rights, sessions: new Map([...sessions].map(([id, one]) => [id, code === 'sessione-chiusa' ? one : { ...one, expiresAt: '2027-01-01T00:00:00Z' }])) } };
    expect(reason(asked, open)).toBe(code);
  });

  it('admits without a pratica where the motivo asks for none', () => expect(reason({ purpose: 'TRIB-02', hasCase: false })).toBeUndefined());

  it('admits an operator whom the application may vouch for here', () => expect(reason({}, vouched(ids.application))).toBeUndefined());

  it('admits an operator whom GeRes has proven, whatever the convention says of vouching', () => expect(reason({}, withTerms({ jwtBearer: false }))).toBeUndefined());

  it('admits a user whose lock is over', () => expect(reason({}, withUser({ lockedUntil: '2026-11-23T09:00:00.000Z' }))).toBeUndefined());

  it('lets the profile that gets furthest speak when several refuse', () => {
    const other = { profile: '01JDPR0F00000000000000000B', ...convention };
    const grants = grantsOf(
      ...granting(),
      { type: 'identity.profile.defined', v: 1, data: { ...other, terms: { name: 'Solo generalità', services: [{ service: 'generalita', modes: ['consultazione'] }] } } },
      { type: 'identity.user.profile-assigned', v: 1, data: { user: ids.user, profile: other.profile, comune: ids.comune, ente: ids.ente } },
    );
    expect(reason({ purpose: 'ALTRO' }, { grants })).toBe('motivo-non-ammesso');
    expect(reason({}, { grants })).toBeUndefined();
  });
});

describe('quotas', () => {
  const used = (times: number, user: string = ids.user, at = NOW) => {
    const usage = counters();
    for (let i = 0; i < times; i++) usage.lookup(user, ids.convention, at.getTime());
    return usage;
  };

  it('refuses the lookup past the quota of the minute and says when it starts anew', () => {
    expect(reason({}, {}, used(4))).toBeUndefined();
    expect(verdict({}, { now: new Date('2026-11-23T09:00:45Z') }, used(5))).toMatchObject({ refused: { reason: 'quota-superata', retryAfter: 15 } });
  });

  it('counts the minute anew, the day not', () => {
    const earlier = new Date('2026-11-23T08:30:00Z');
    expect(reason({}, {}, used(9, ids.user, earlier))).toBeUndefined();
    expect(verdict({}, {}, used(10, ids.user, earlier))).toMatchObject({ refused: { reason: 'quota-superata', retryAfter: 14 * 3600 } });
  });

  it('counts all users of a convention together', () => {
    expect(reason({}, {}, used(19, 'somebody-else'))).toBeUndefined();
    expect(reason({}, {}, used(20, 'somebody-else'))).toBe('quota-superata');
  });

  it('counts every call to ANPR', () => {
    const usage = used(15, 'somebody-else');
    for (let i = 0; i < 15; i++) usage.call(ids.convention);
    expect(reason({}, {}, usage)).toBe('quota-superata');
  });

  it('speaks before the connection does', () => {
    const suspended = after('anpr.connection.suspended', { comune: ids.comune, channel: 'ws', reason: 'guasto' });
    expect(reason({}, suspended, used(5))).toBe('quota-superata');
  });

  it('tells a caller who reached one how much it was', () => expect(verdict({}, {}, used(5))).toMatchObject({ refused: { limits: { limit: 5, remaining: 0, reset: 60 } } }));

  it('counts a lookup in the minute in which it was asked, even when it comes to the connector in the next', () => {
    const usage = used(5, ids.user, new Date('2026-11-23T08:59:59Z'));
    expect(reason({ askedAt: new Date('2026-11-23T08:59:59.900Z') }, {}, usage)).toBe('quota-superata');
    expect(reason({}, {}, usage)).toBeUndefined();
  });

  it('forgets no minute when the clock is set back', () => {
    const usage = used(5);
    for (let i = 0; i < 3; i++) usage.lookup('somebody-else', ids.convention, NOW.getTime() + 3_600_000);
    usage.lookup(ids.user, ids.convention, NOW.getTime() + 3_600_000);
    expect(reason({}, {}, usage)).toBe('quota-superata');
  });

  it('is no matter for a lookup that has been recorded, nor for the repeat of one', () => {
    expect(repeatable(question, facts(after('anpr.connection.suspended', { comune: ids.comune, channel: 'ws', reason: 'guasto' })))).toBeUndefined();
    expect(stillAdmitted(question, facts(), admission)).toBeUndefined();
  });
});

const admission = { convention: ids.convention, profile: ids.profile, channel: 'ws', territory: 'nazionale', anprOperator: ids.operator } as const;
const amended = (changed: Partial<typeof terms>): Partial<Facts> => after('identity.convention.amended', { ...convention, terms: { ...terms, ...changed } });
const connection = { comune: ids.comune, channel: 'ws' };
const ANOTHER = '01JD0PER00000000000000000B';

describe('a lookup that waits for its turn', () => {
  it.each<[RefusalReason, string, Partial<Facts>]>([
    ['utente-non-abilitato', 'its user is disabled', withUser({ enabled: false })],
    ['utente-non-abilitato', 'its profile is withdrawn, though another would admit it', {
      grants: grantsOf(
        ...granting(),
        { type: 'identity.profile.defined', v: 1, data: { profile: '01JDPR0F00000000000000000B', ...convention, terms: { name: 'Altro', services: [{ service: 'residenza', modes: ['consultazione'] }] } } },
        { type: 'identity.user.profile-assigned', v: 1, data: { user: ids.user, profile: '01JDPR0F00000000000000000B', comune: ids.comune, ente: ids.ente } },
        { type: 'identity.user.profile-removed', v: 1, data: { user: ids.user, profile: ids.profile, comune: ids.comune, ente: ids.ente } },
      ),
    }],
    ['convenzione-non-attiva', 'its convention is suspended', after('identity.convention.suspended', { ...convention, reason: 'verifica' })],
    ['servizio-non-autorizzato', 'its convention now grants the service over another channel', amended({ services: [{ service: 'residenza', modes: ['consultazione'], channel: 'pdnd' }] })],
    ['servizio-non-autorizzato', 'its convention now grants residents alone', amended({ territory: 'residenti' })],
    ['connessione-non-attiva', 'its connection is suspended', after('anpr.connection.suspended', { ...connection, reason: 'guasto' })],
  ])('does not leave, as %s, when %s', (code, _, changed) => expect(stillAdmitted(question, facts(changed), admission)).toBe(code));

  it('does not leave in the name of an ANPR operator who was withdrawn, whoever else is in office', () => {
    const assigned = { type: 'anpr.connection.operator-assigned', v: 1, data: { ...connection, operator: ANOTHER, codiceFiscale: 's1.x', from: '2026-01-01', acceptedAt: '2026-01-01T00:00:00Z' } };
    expect(stillAdmitted(question, facts({ grants: grantsOf(...granting(), assigned) }), admission)).toBeUndefined();
    const withdrawn = { type: 'anpr.connection.operator-withdrawn', v: 1, data: { ...connection, operator: ids.operator, reason: 'trasferito' } };
    expect(stillAdmitted(question, facts({ grants: grantsOf(...granting(), assigned, withdrawn) }), admission)).toBe('connessione-non-attiva');
  });
});

describe('picking up an answer later', () => {
  const later = (changed: Partial<Facts> = {}): RefusalReason | undefined => collectable(question, ids.convention, facts(changed));

  it('is possible when the offices have closed', () => expect(later({ now: new Date('2026-11-23T18:00:00Z') })).toBeUndefined());

  it.each<[RefusalReason, string, Partial<Facts>]>([
    ['utente-non-abilitato', 'the user is disabled', withUser({ enabled: false })],
    ['utente-non-abilitato', 'the user has no profile of the convention any more', after('identity.user.profile-removed', { user: ids.user, profile: ids.profile, comune: ids.comune, ente: ids.ente })],
    ['applicazione-non-abilitata', 'the convention no longer admits the application', after('identity.convention.application-removed', { ...convention, application: ids.application })],
    ['convenzione-non-attiva', 'the convention was revoked', after('identity.convention.revoked', { ...convention, reason: 'fine' })],
    ['rete-non-ammessa', 'it is tried from another network', withTerms({ networks: ['192.168.0.0/16'] })],
  ])('is refused with %s when %s', (code, _, changed) => expect(later(changed)).toBe(code));
});
