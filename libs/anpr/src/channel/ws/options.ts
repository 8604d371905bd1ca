import type { WsSigning } from '@geres/contracts';
import { WSS_DEFAULTS, type WssOptions } from '../../protocol/wss/index.js';

/** How a connection signs: the defaults, and what it has otherwise. */
export function wssOptionsOf(chosen: WsSigning): WssOptions {
  const { signature, digest, keyReference, timestamp, assertion, issuer, conditionsMs } = chosen;
  const { assertion: usual } = WSS_DEFAULTS;
  return {
    ...WSS_DEFAULTS,
    signature: signature ?? WSS_DEFAULTS.signature,
    digest: digest ?? WSS_DEFAULTS.digest,
    keyReference: keyReference ?? WSS_DEFAULTS.keyReference,
    timestamp: timestamp ?? WSS_DEFAULTS.timestamp,
    assertion: { ...usual, ...assertion, issuer: issuer ?? usual.issuer, ...(conditionsMs === undefined ? {} : { conditionsMs }) },
  };
}
