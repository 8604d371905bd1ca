import type { InstalledCertificate } from '@geres/contracts';
import { inUse, type UsableCertificate } from '../connection/certificates.domain.js';
import type { ConnectionKeys } from './keys.js';
import { openedKey, type ConnectionOf, type OpenedKey, type VaultPorts } from './vault.js';

export interface ConnectionKeysPorts extends VaultPorts {
  /** The certificates of a connection as its events say now: installed and not retired. */
  readonly certificates: (of: ConnectionOf) => readonly UsableCertificate[];
}

/** Keys by the id of their certificate, opened when first used and forgotten when an event says that they are retired. */
export function connectionKeys({ certificates, ...vault }: ConnectionKeysPorts): ConnectionKeys {
  const connections = new Map<string, { known: readonly UsableCertificate[]; readonly keys: Map<string, Promise<OpenedKey | undefined>> }>();

  /** What is known of a connection now; what it knows no more is forgotten. */
  const current = (of: ConnectionOf): { readonly known: readonly UsableCertificate[]; readonly keys: Map<string, Promise<OpenedKey | undefined>> } => {
    const name = `${of.comune}/${of.channel}`;
    const known = certificates(of);
    const held = connections.get(name);
    if (held?.known === known) return held;
    const keys = new Map([...(held?.keys ?? [])].filter(([id]) => known.some(({ certificate }) => certificate === id)));
    const next = { known, keys };
    if (known.length === 0) connections.delete(name);
    else connections.set(name, next);
    return next;
  };

  const opened = (of: ConnectionOf, keys: Map<string, Promise<OpenedKey | undefined>>, installed: InstalledCertificate | undefined): Promise<OpenedKey | undefined> => {
    if (!installed) return Promise.resolve(undefined);
    const { certificate } = installed;
    let opening = keys.get(certificate);
    if (!opening) {
      opening = openedKey(vault, of, installed);
      keys.set(certificate, opening);
      // What is away now may be back at the next question.
      const forget = (): void => void (keys.get(certificate) === opening && keys.delete(certificate));
      opening.then((found) => (found ? undefined : forget()), forget);
    }
    return opening;
  };

  return {
    async inUse(comune, channel, use, now) {
      const of = { comune, channel };
      const { known, keys } = current(of);
      return (await opened(of, keys, inUse(known, use, now)))?.held;
    },
    async byKid(comune, kid) {
      const of = { comune, channel: 'pdnd' as const };
      const { known, keys } = current(of);
      return (await opened(of, keys, known.find((one) => one.kid === kid)))?.held;
    },
    async shown(comune, now) {
      const of = { comune, channel: 'ws' as const };
      const { known, keys } = current(of);
      const { held, key } = (await opened(of, keys, inUse(known, 'tls', now))) ?? {};
      if (!held?.certificate || !key) return undefined;
      return { cert: [held.certificate, ...held.issuers].join(''), key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}
