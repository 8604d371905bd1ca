import { failConnection } from '../connection/connection.problems.js';
import type { HeldKey } from './keys.js';

/** A device that holds keys and signs with them, behind PKCS#11. It is reached when it is first asked: one that is away stops nobody else. */
export interface Device {
  /** The key with that label. Errors: `dispositivo-assente`, `chiave-non-ammessa`. */
  key(label: string): Promise<Pick<HeldKey, 'kid' | 'jwk' | 'sign'>>;
  close(): Promise<void>;
}

/** Where no device is configured. */
export const noDevice: Device = {
  key: () => Promise.reject(failConnection('dispositivo-assente', { motivo: 'non ne è configurato uno (GERES_PKCS11_MODULE)' })),
  close: () => Promise.resolve(),
};

/** Whose a key of the device is, by its label: no Comune signs with that of another. */
export const labelPrefix = (comune: string): string => `${comune}-`;
