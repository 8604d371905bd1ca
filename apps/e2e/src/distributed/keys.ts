import type { Held } from '@geres/platform/distributed';
import { randomBytes } from 'node:crypto';
import type { ServiceName } from './service.js';

/** Every key of an installation, base64. */
export interface Keys {
  readonly keks: Readonly<Record<'archive' | 'connector' | 'certificates' | 'admin', string>>;
  readonly bus: Readonly<Record<'lookups' | 'connections' | 'settling', string>>;
}

const key = (): string => randomBytes(32).toString('base64');

export const newKeys = (): Keys => ({ keks: { archive: key(), connector: key(), certificates: key(), admin: key() }, bus: { lookups: key(), connections: key(), settling: key() } });

const CUSTODY: Readonly<Record<ServiceName, { readonly keks: readonly (keyof Keys['keks'])[]; readonly bus: readonly (keyof Keys['bus'])[] }>> = {
  gateway: { keks: [], bus: ['lookups'] },
  admin: { keks: ['admin'], bus: ['connections'] },
  connector: { keks: ['archive', 'connector', 'certificates'], bus: ['lookups', 'connections', 'settling'] },
  monitoring: { keks: ['archive'], bus: ['settling'] },
};

/** What a service is told of them. */
export function settingsOf(service: ServiceName, { keks, bus }: Keys): Readonly<Record<string, string>> {
  const { keks: custodies, bus: families } = CUSTODY[service];
  return Object.fromEntries([...custodies.map((custody) => [`GERES_KEK_${custody.toUpperCase()}`, keks[custody]]), ...families.map((family) => [`GERES_BUS_KEY_${family.toUpperCase()}`, bus[family]])]) as Record<string, string>;
}

/** All of them, for who makes an installation. */
export const heldAll = ({ keks, bus }: Keys): Held => ({ keks, busKeys: { lookups: [bus.lookups], connections: [bus.connections], settling: [bus.settling] } });
