import type { ApplicationEvent, PublicJwk } from '@geres/contracts';
import { scenario } from '@geres/kernel/testing';
import { describe, it } from 'vitest';
import { application, CLI_CLIENT, CONSOLE_CLIENT } from './application.domain.js';

const { given } = scenario(application);
const id = 'anagrafe-asl';
const registration = { application: id, ente: 'asl_roma1', name: 'Anagrafe sanitaria', grants: ['jwt-bearer', 'authorization-code'], redirectUris: ['https://asl.example/ritorno'] } as const;
const registered: ApplicationEvent = { type: 'identity.application.registered', v: 1, data: { ...registration, grants: [...registration.grants], redirectUris: [...registration.redirectUris] } };
const ec: PublicJwk = { kty: 'EC', kid: 'uno', alg: 'ES256', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) };
/** As long as the modulus of a key of so many bits, with the highest bit set. */
const rsa = (bits: number): PublicJwk => ({ kty: 'RSA', kid: 'due', alg: 'RS256', n: Buffer.alloc(bits / 8, 0xff).toString('base64url'), e: 'AQAB' });
const added = (key: PublicJwk): ApplicationEvent => ({ type: 'identity.application.key-added', v: 1, data: { application: id, key } });
const disabled: ApplicationEvent = { type: 'identity.application.disabled', v: 1, data: { application: id, reason: 'prova' } };

describe('registering an application', () => {
  const register = { type: 'register', ...registration } as const;

  it('registers it as a client of its Ente', () => given().when(register).then(registered));
  it('refuses a name that is taken, also by the console and the command line', () => {
    given(registered).when(register).thenFails('applicazione-gia-registrata');
    for (const application of [CONSOLE_CLIENT, CLI_CLIENT]) given().when({ ...register, application }).thenFails('nome-riservato');
  });
  it('takes a reporting tool of one Comune, which does nothing else', () => {
    const tool = { ...register, grants: ['client-credentials'], redirectUris: [] } as const;
    given().when({ ...tool, comune: 'H501' }).then({ ...registered, data: { ...registered.data, grants: ['client-credentials'], redirectUris: [], comune: 'H501' } as never });
    given().when(tool).thenFails('modi-di-accesso-non-coerenti');
    given().when({ ...tool, grants: ['client-credentials', 'jwt-bearer'], comune: 'H501' }).thenFails('modi-di-accesso-non-coerenti');
    given().when({ ...register, comune: 'H501' }).thenFails('modi-di-accesso-non-coerenti');
    given().when({ ...register, grants: ['jwt-bearer', 'jwt-bearer'] }).thenFails('modi-di-accesso-non-coerenti');
  });
  it.each(['http://127.0.0.1/ritorno', 'http://[::1]:8123/ritorno', 'http://localhost:1234/'])('lets desktop software come back to this machine: %s', (uri) =>
    given().when({ ...register, redirectUris: [uri] }).then({ ...registered, data: { ...registered.data, redirectUris: [uri] } as never }),
  );
  it.each([[], ['http://asl.example/'], ['http://localhost.evil.example/'], ['http://127.0.0.1@evil.example/'], ['https://asl.example/#frammento'], ['javascript:alert(1)'], ['asl://ritorno']].map((uris) => [uris]))(
    'refuses to come back to %j',
    (redirectUris) => given().when({ ...register, redirectUris }).thenFails('redirect-non-ammesso'),
  );
});

describe('the keys of an application', () => {
  const add = { type: 'add-key', application: id, key: ec } as const;

  it('are added: P-256, and RSA from 2048 bits', () => {
    given(registered).when(add).then(added(ec));
    given(registered).when({ ...add, key: rsa(2048) }).then(added(rsa(2048)));
  });
  it('are added once', () => given(registered, added(ec)).when(add).thenNothing());
  it('do not change under the same kid', () => given(registered, added(ec)).when({ ...add, key: { ...ec, x: 'z'.repeat(43) } }).thenFails('chiave-gia-presente'));
  it.each<[what: string, key: PublicJwk]>([
    ['RSA of 1024 bits', rsa(1024)],
    ['RSA that only looks long', { ...rsa(2048), n: `${'A'.repeat(200)}${rsa(1024).n!}` }],
    ['RSA so long that it is a burden', rsa(16_384)],
    ['RSA with a small exponent', { ...rsa(2048), e: 'Aw' }],
    ['RSA for another algorithm', { ...rsa(2048), alg: 'ES256' }],
    ['EC without a point', { ...ec, y: undefined as never }],
    ['EC of another size', { ...ec, x: 'x'.repeat(64) }],
  ])('are refused when weak: %s', (_, key) => given(registered).when({ ...add, key }).thenFails('chiave-debole'));
  it('are removed', () => given(registered, added(ec)).when({ type: 'remove-key', application: id, kid: 'uno' }).then({ type: 'identity.application.key-removed', v: 1, data: { application: id, kid: 'uno' } }));
  it('are removed only where they are', () => given(registered).when({ type: 'remove-key', application: id, kid: 'uno' }).thenFails('chiave-assente'));
  it('belong to an application that is registered', () => given().when(add).thenFails('applicazione-assente'));
});

describe('disabling an application', () => {
  it('disables it', () => given(registered).when({ type: 'disable', application: id, reason: 'prova' }).then(disabled));
  it('does nothing the second time', () => given(registered, disabled).when({ type: 'disable', application: id, reason: 'altro' }).thenNothing());
  it('enables it again, once', () => {
    given(registered, disabled).when({ type: 'enable', application: id }).then({ type: 'identity.application.enabled', v: 1, data: { application: id } });
    given(registered).when({ type: 'enable', application: id }).thenNothing();
  });
  it('refuses one that is not registered', () => given().when({ type: 'disable', application: id, reason: 'prova' }).thenFails('applicazione-assente'));
});
