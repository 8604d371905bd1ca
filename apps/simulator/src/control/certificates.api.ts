import type { FastifyInstance } from 'fastify';
import type { CertificateWish } from '../wss/authority.js';
import type { World } from '../world.js';
import { fields, oneOf, text, WrongInput } from './input.js';

const STATES = ['valido', 'scaduto', 'non-ancora-valido', 'autorita-sconosciuta'] as const;

/** Test certificates of the stand-in for "CA Postazioni ANPR": synthetic, good for this simulator alone. */
export function certificatesApi(app: FastifyInstance, { authority, now }: Pick<World, 'authority' | 'now'>): void {
  app.get('/autorita', (_request, reply) => reply.type('application/x-pem-file').send(authority.certificate));

  app.post('/certificati', ({ body }, reply) => {
    const { password, ...wish } = fields(body, ['postazione', 'stato', 'password']);
    const asked = wished(wish);
    const secret = text(password, 'password', /^[ -~]{4,80}$/, 'una password di almeno 4 caratteri ASCII');
    const store = authority.pkcs12(authority.issue(asked, now()), secret);
    return reply.code(201).type('application/x-pkcs12').header('content-disposition', `attachment; filename="${asked.postazione}.p12"`).send(store);
  });

  app.post('/certificati/richiesta', ({ body }, reply) => {
    const { csr, ...wish } = fields(body, ['postazione', 'stato', 'csr']);
    const certificate = authority.certify(text(csr, 'csr', /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/, 'una richiesta PKCS#10 in PEM'), wished(wish), now());
    if (certificate === undefined) throw new WrongInput('csr non è una richiesta PKCS#10 firmata con la sua chiave RSA');
    return reply.code(201).type('application/x-pem-file').send(certificate);
  });
}

function wished({ postazione, stato = 'valido' }: { readonly postazione: unknown; readonly stato?: unknown }): CertificateWish {
  return { postazione: text(postazione, 'postazione', /^\d{6}-(?:CO|PC)-\d{4}$/, 'come 058091-CO-9999 (server) o 058091-PC-0001 (postazione)'), stato: oneOf(stato, 'stato', STATES) };
}
