import { describe, expect, it } from 'vitest';
import { busKeys, checkService, keks, keksInTurn, keksToTurn, serviceSettings } from './service-settings.js';
import { ConfigError, loadConfig } from './settings.js';

const given = {
  GERES_ENVIRONMENT: 'produzione',
  GERES_PUBLIC_URL: 'https://geres.example',
  GERES_EVENTSTORE_URL: 'esdb+discover://utente:segreto@eventstore.engines.svc:2113',
  GERES_MONGODB_URL: 'mongodb://utente:segreto@mongodb.engines.svc/geres',
  GERES_KAFKA: 'kafka-0.engines.svc:9093, kafka-1.engines.svc:9093',
};
const load = (changes: Readonly<Record<string, string>> = {}) => checkService(loadConfig(serviceSettings, { env: { ...given, ...changes } }));

describe('the settings of a service', () => {
  it('name its engines', () => {
    expect(load()).toMatchObject({ kafkaBrokers: ['kafka-0.engines.svc:9093', 'kafka-1.engines.svc:9093'], kafkaTls: false, port: 8080, metricsPort: 9090, simulatorHosts: [] });
  });

  it.each([
    ['an environment that is not said', { GERES_ENVIRONMENT: '' }, 'GERES_ENVIRONMENT'],
    ['an engine that is not said', { GERES_MONGODB_URL: '' }, 'GERES_MONGODB_URL'],
    ['a broker without port', { GERES_KAFKA: 'kafka-0' }, 'GERES_KAFKA'],
    ['a user of Kafka without password', { GERES_KAFKA_USER: 'geres-gateway' }, 'GERES_KAFKA_PASSWORD'],
    ['authorities without TLS', { GERES_KAFKA_CA: '/etc/geres/kafka/ca.pem' }, 'GERES_KAFKA_TLS'],
    ['a simulator in produzione', { GERES_SIMULATOR_HOSTS: 'simulator' }, 'GERES_SIMULATOR_HOSTS'],
  ])('do not start with %s', (_, changes, named) => {
    expect(() => load(changes)).toThrow(ConfigError);
    expect(() => load(changes)).toThrow(named);
  });

  it('are not told with their secrets', () => {
    expect(() => load({ GERES_MONGODB_URL: 'postgres://utente:segreto@x' })).toThrow(/^(?!.*segreto)/s);
  });

  it('of its keys are 32 bytes each, and must be there', () => {
    const settings = { lookups: busKeys.lookups, archive: keks.archive };
    const key = Buffer.alloc(32).toString('base64');
    expect(loadConfig(settings, { env: { GERES_BUS_KEY_LOOKUPS: key, GERES_KEK_ARCHIVE: key } })).toEqual({ lookups: [key], archive: key });
    expect(() => loadConfig(settings, { env: { GERES_BUS_KEY_LOOKUPS: key } })).toThrow('GERES_KEK_ARCHIVE');
    expect(() => loadConfig(settings, { env: { GERES_BUS_KEY_LOOKUPS: 'breve', GERES_KEK_ARCHIVE: key } })).toThrow('GERES_BUS_KEY_LOOKUPS');
  });

  it('may have two keys of the bus while one takes the place of the other', () => {
    const [old, next] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];
    const given = (text: string) => loadConfig({ lookups: busKeys.lookups }, { env: { GERES_BUS_KEY_LOOKUPS: text } });
    expect(given(`${next}, ${old}`)).toEqual({ lookups: [next, old] });
    for (const wrong of [`${old},`, `${old},${old}`, `${old},breve`, ',']) expect(() => given(wrong)).toThrow(/^GERES_BUS_KEY_LOOKUPS: (?!.*breve)/);
  });
});

describe('the settings of a key-encryption key that changes', () => {
  const [old, next] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];
  const turning = (env: Readonly<Record<string, string>>) => keksToTurn(loadConfig(keksInTurn, { env }));

  it('name those that change and no other', () => {
    expect(turning({ GERES_KEK_ARCHIVE: old, GERES_KEK_ADMIN: old, GERES_KEK_ADMIN_NUOVA: next })).toEqual({ admin: { from: old, to: next } });
  });

  it.each([
    ['none is new', { GERES_KEK_ARCHIVE: old }, 'GERES_KEK_ARCHIVE_NUOVA'],
    ['there is none to take the place of', { GERES_KEK_ARCHIVE_NUOVA: next }, 'GERES_KEK_ARCHIVE: manca'],
    ['the new one is the old one', { GERES_KEK_ARCHIVE: old, GERES_KEK_ARCHIVE_NUOVA: old }, 'c’è già'],
  ])('are refused where %s', (_, env, message) => {
    expect(() => turning(env)).toThrow(message);
  });
});
