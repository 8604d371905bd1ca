export type { DigestAlgorithm, SignatureAlgorithm } from './algorithms.js';
export type { WssIdentity } from './identity.js';
export { WSS_DEFAULTS, type WssOptions } from './options.js';
export { wsSecurity, type WsSecurity, type WsSecurityPorts } from './security.js';
export { CannotSign, type Signer } from './signer.js';
