import { z } from 'zod';
import { ConfigError, setting, type Config, type Settings } from './settings.js';

/** Settings of a device behind PKCS#11 that holds keys of connections, for whoever runs the connector. All three or none. */
export const pkcs11Settings = {
  pkcs11Module: setting('GERES_PKCS11_MODULE', z.string().min(1).optional(), 'modulo PKCS#11 (file .so o .dll) del dispositivo che custodisce le chiavi con cui si accede ad ANPR; se manca, nessun dispositivo'),
  pkcs11Token: setting('GERES_PKCS11_TOKEN', z.string().min(1).max(32).optional(), 'nome (label) del token nel dispositivo PKCS#11; l’etichetta di ogni chiave comincia con il codice catastale del suo Comune e un trattino: H501-firma'),
  pkcs11Pin: setting('GERES_PKCS11_PIN', z.string().min(1).max(255).optional(), 'PIN del token', { secret: true }),
} satisfies Settings;

/** Where the device is, if there is one. Errors: `ConfigError` for settings that are not all there. */
export function pkcs11Of({ pkcs11Module, pkcs11Token, pkcs11Pin }: Config<typeof pkcs11Settings>): { readonly module: string; readonly token: string; readonly pin: string } | undefined {
  const given = { [pkcs11Settings.pkcs11Module.env]: pkcs11Module, [pkcs11Settings.pkcs11Token.env]: pkcs11Token, [pkcs11Settings.pkcs11Pin.env]: pkcs11Pin };
  const missing = Object.entries(given).flatMap(([variable, value]) => (value === undefined ? [variable] : []));
  if (missing.length === 3) return undefined;
  if (pkcs11Module === undefined || pkcs11Token === undefined || pkcs11Pin === undefined) throw new ConfigError(`manca ${missing.join(', ')}: le impostazioni del dispositivo PKCS#11 si danno tutte o nessuna`);
  return { module: pkcs11Module, token: pkcs11Token, pin: pkcs11Pin };
}
