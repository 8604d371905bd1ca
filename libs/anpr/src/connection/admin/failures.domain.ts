import type { Unanswered } from '../../channel/service-call.js';
import type { TestStep } from './explained.domain.js';

const NETWORK = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;
const TLS = /^(?:ERR_TLS_|ERR_SSL_|EPROTO|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|HOSTNAME_MISMATCH)/;

/** What a transport says went wrong, as a step. `undefined`: it is not about the transport. */
export function transportStep(detail: string): TestStep | undefined {
  if (NETWORK.test(detail)) return 'rete';
  if (TLS.test(detail)) return 'tls';
  return /^oltre \d+ ms$/.test(detail) ? 'tempo' : undefined;
}

/** What PDND, or a voucher of it, says went wrong (the details of `voucher-request.ts`). */
export function voucherStep(detail: string): TestStep {
  const told = detail.replace(/^pdnd /, '');
  const transport = transportStep(told);
  if (transport) return transport;
  if (told === 'voucher-audience') return 'audience';
  if (told === 'jwks-non-disponibile') return 'rete';
  if (told === 'senza voucher') return 'risposta';
  if (told.startsWith('voucher-')) return 'voucher';
  const status = Number(/^\d{3}/.exec(told)?.[0]);
  if (status === 429) return 'quota';
  // 015-0008: everything that may be wrong with an assertion, its key, its client, its purpose.
  if (status === 400) return told.includes('015-') ? 'asserzione' : 'risposta';
  return status >= 500 ? 'servizio' : 'risposta';
}

/** Where TestConn ended. A refusal by ANPR's gateway names no cause but its kind; an answer with an error was understood and refused by ANPR itself. */
export function testConnStep({ step, code }: Pick<Unanswered, 'step' | 'code'>): TestStep {
  switch (step) {
    case 'firma':
      return code.includes('certificato') ? 'certificato' : 'chiave';
    case 'rete':
      return code === 'tempo-scaduto' ? 'tempo' : /^http /.test(code) ? 'risposta' : 'rete';
    case 'tls':
      return 'tls';
    case 'fault':
      return code === 'server' ? 'servizio' : code === 'client-sede' ? 'impostazioni' : 'firma';
    case 'errore':
      return 'rifiuto';
    case 'illeggibile':
      return 'risposta';
    default:
      return step satisfies never;
  }
}
