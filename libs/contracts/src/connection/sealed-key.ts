import type { Channel } from '../common/scalars.js';

/** `typ` of what is sealed to the connector. */
export const SEALED_KEY_TYPE = 'geres-chiave+jwe';

/** For which connection a key is meant: what was sealed for one Comune is not taken for another. */
export const sealedKeyPurpose = (comune: string, channel: Channel): string => `anpr/${comune}/${channel}`;

/**
 * Protected header of the compact JWE that carries a `SealedKey` (as JSON, UTF-8) to the connector, whose public key (`kid`, EC P-256) is asked for first. Whoever
 * seals it, the browser or the command line, writes this header and no other.
 */
export const sealedKeyHeader = (kid: string, comune: string, channel: Channel) =>
  ({ alg: 'ECDH-ES', enc: 'A256GCM', typ: SEALED_KEY_TYPE, kid, purpose: sealedKeyPurpose(comune, channel) }) as const;
