import type { KeyObject } from 'node:crypto';
import { certificatesOf } from '../../custody/chain.js';
import { heldKey } from '../../custody/held.js';
import type { HeldKey } from '../../custody/keys.js';
import { CannotSign, type Signer } from '../../protocol/wss/index.js';

/** A key, wherever it is kept, as messages to ANPR are signed with it. Errors: `CannotSign`, also from `sign`, whatever a device says. */
export function wssSigner({ certificate, issuers, sign }: HeldKey): Signer {
  if (!certificate) throw new CannotSign('chiave senza certificato');
  return {
    certificate,
    issuers,
    sign: (data, algorithm) =>
      sign(data, algorithm).catch((cause: unknown) => {
        throw cause instanceof CannotSign ? cause : new CannotSign('firma', { cause });
      }),
  };
}

/** The same of a key in memory, with its certificate first in a PEM text. */
export const keySigner = (key: KeyObject, chain: string): Signer => wssSigner(heldKey(key, certificatesOf(chain)));
