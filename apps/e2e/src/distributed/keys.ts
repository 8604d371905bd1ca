import type { InstallationKeys } from '@geres/platform/config';
import { randomBytes } from 'node:crypto';

const key = (): string => randomBytes(32).toString('base64');

export const newKeys = (): InstallationKeys => ({ keks: { archive: key(), connector: key(), certificates: key(), admin: key() }, busKeys: { lookups: key(), connections: key(), settling: key() } });
