import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkStandalone, ConfigError, describeSettings, flag, integer, loadConfig, pkcs11Of, setting, standaloneSettings } from './index.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'geres-config-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.json`);
  await writeFile(file, text);
  return file;
}

const settings = {
  port: setting('GERES_PORT', integer(0, 65_535).default(8080), 'porta', { default: '8080' }),
  open: setting('GERES_OPEN', flag.default(false), 'aperto', { default: 'false' }),
  level: setting('GERES_LEVEL', z.enum(['info', 'warn']).default('info'), 'livello', { default: 'info' }),
  secret: setting('GERES_SECRET', z.string().length(8).optional(), 'segreto', { secret: true }),
  needed: setting('GERES_NEEDED', z.string(), 'necessaria'),
};
const enough = { GERES_NEEDED: 'x' };
const wrongWith = (env: Record<string, string>, file?: string): string => {
  try {
    loadConfig(settings, { env: { ...enough, ...env }, file });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'nothing was wrong';
};

describe('the configuration', () => {
  it('takes a value from the environment, else from the file, else its default', async () => {
    const file = await fileWith(JSON.stringify({ GERES_PORT: 9000, GERES_OPEN: true, GERES_NEEDED: 'dal file' }));
    expect(loadConfig(settings, { env: { GERES_PORT: '9001', GERES_CONFIG: file } })).toEqual({ port: 9001, open: true, level: 'info', needed: 'dal file', secret: undefined });
  });

  it('takes an empty variable for one that is not there', () => {
    expect(loadConfig(settings, { env: { ...enough, GERES_PORT: '' } }).port).toBe(8080);
  });

  it('leaves variables of others alone', () => {
    expect(loadConfig(settings, { env: { ...enough, PATH: '/bin', GERES_OTHER: 'x' } }).open).toBe(false);
  });

  it.each([
    ['a port that is no number', { GERES_PORT: 'ottanta' }, /^GERES_PORT = "ottanta": /],
    ['a port that is too high', { GERES_PORT: '70000' }, /^GERES_PORT = "70000": .*65535/],
    ['a port with a fraction', { GERES_PORT: '80.5' }, /^GERES_PORT = "80.5": /],
    ['a switch that is neither', { GERES_OPEN: 'yes' }, /^GERES_OPEN = "yes": true o false$/],
    ['a word out of its list', { GERES_LEVEL: 'loud' }, /^GERES_LEVEL = "loud": .*"info"\|"warn"/],
  ])('names the variable, its value and the rule: %s', (_, env, message) => {
    expect(wrongWith(env)).toMatch(message);
  });

  it('names a variable that is needed and not there', () => {
    expect(wrongWith({ GERES_NEEDED: '' })).toBe('GERES_NEEDED: manca');
  });

  it('never shows the value of a secret', () => {
    expect(wrongWith({ GERES_SECRET: 'hunter2' })).toMatch(/^GERES_SECRET: /);
    expect(wrongWith({ GERES_SECRET: 'hunter2' })).not.toContain('hunter2');
  });

  it('says everything that is wrong at once', () => {
    expect(wrongWith({ GERES_PORT: 'x', GERES_OPEN: 'x' }).split('\n')).toHaveLength(2);
  });

  it.each([
    ['a key that is no setting', '{"GERES_PROT": 1}', '«GERES_PROT»'],
    ['what is not JSON', '{"GERES_SECRET": hunter2}', 'non è JSON'],
    ['what is not an object', '[1]', 'oggetto JSON'],
    ['a value of the wrong type', '{"GERES_PORT": null}', 'GERES_PORT = null'],
  ])('refuses a file with %s', async (_, text, words) => {
    const message = wrongWith({}, await fileWith(text));
    expect(message).toContain(words);
    expect(message).not.toContain('hunter2');
  });

  it('refuses a file that is not there', () => {
    expect(wrongWith({}, join(folder, 'none.json'))).toMatch(/^GERES_CONFIG: .*ENOENT/);
  });

  it('lists every setting with its variable, its default and what it is', () => {
    const lines = describeSettings(standaloneSettings).split('\n');
    expect(lines).toHaveLength(Object.keys(standaloneSettings).length + 1);
    for (const { env, description } of Object.values(standaloneSettings)) expect(lines.find((line) => line.startsWith(`${env} `))).toContain(description);
    expect(lines.find((line) => line.startsWith('GERES_PORT'))).toMatch(/ 8080 /);
  });
});

describe('the settings of a whole installation', () => {
  const load = (env: Record<string, string>) => checkStandalone(loadConfig(standaloneSettings, { env }));

  it('need nothing: environment test, on this machine', () => {
    expect(load({})).toMatchObject({ environment: 'test', data: '.geres', host: '127.0.0.1', port: 8080, trustProxy: [], metricsToNetwork: false, bodyLimit: 65_536 });
  });

  it('have defaults that the help tells truly', () => {
    const config = load({}) as Record<string, unknown>;
    for (const [key, { default: told }] of Object.entries(standaloneSettings) as [string, { default?: string }][]) {
      const value = config[key];
      expect(told ?? 'undefined', key).toBe(Array.isArray(value) ? String(value.length > 0) : String(value));
    }
  });

  it.each(['0.0.0.0', '192.168.1.10', '::', 'server.example'])('refuse to listen on %s in test', (host) => {
    expect(() => load({ GERES_HOST: host })).toThrow(/^GERES_HOST = .*GERES_ALLOW_NETWORK=true$/);
  });

  it('listen anywhere in production, or where test is told to', () => {
    expect(load({ GERES_HOST: '0.0.0.0', GERES_ENVIRONMENT: 'produzione' }).host).toBe('0.0.0.0');
    expect(load({ GERES_HOST: '0.0.0.0', GERES_ALLOW_NETWORK: 'true' }).host).toBe('0.0.0.0');
  });

  it('believe named proxies, never everybody', () => {
    expect(load({ GERES_TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,loopback' }).trustProxy).toEqual(['10.0.0.1', '10.1.0.0/16', 'loopback']);
    for (const wrong of ['true', '0.0.0.0/0', '10.0.0.0/33', 'proxy.example', '10.0.0.1,']) expect(() => load({ GERES_TRUST_PROXY: wrong }), wrong).toThrow(/^GERES_TRUST_PROXY = /);
  });

  it('name a device behind PKCS#11 whole or not at all, and never show its PIN', () => {
    const device = { GERES_PKCS11_MODULE: '/usr/lib/softhsm/libsofthsm2.so', GERES_PKCS11_TOKEN: 'comuni', GERES_PKCS11_PIN: '123456' };
    expect(pkcs11Of(load({}))).toBeUndefined();
    expect(pkcs11Of(load(device))).toEqual({ module: '/usr/lib/softhsm/libsofthsm2.so', token: 'comuni', pin: '123456' });
    for (const missing of Object.keys(device)) {
      const { [missing]: _, ...given } = device as Record<string, string>;
      expect(() => load(given), missing).toThrow(new RegExp(`^manca ${missing}: `));
    }
    expect(() => load({ ...device, GERES_PKCS11_PIN: '1'.repeat(300) })).toThrow(/^GERES_PKCS11_PIN: (?!.*1111)/);
  });

  it('never show a key-encryption key', () => {
    expect(() => load({ GERES_KEK_ARCHIVE: 'c2VncmV0bw==' })).toThrow(/^GERES_KEK_ARCHIVE: 32 byte in base64$/);
  });
});
