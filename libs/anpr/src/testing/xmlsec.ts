import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

const there = (tool: string, flag: string): boolean => spawnSync(tool, [flag]).status === 0;
const suite = (missing: readonly string[]) => (name: string, specs: () => void) => (missing.length === 0 ? describe(name, specs) : describe.skip(`${name}: needs ${missing.join(' and ')}`, specs));

/** Specs that ask programs which are not ours: skipped by name where those are not installed. */
export const describeWithXmlsec = suite([...(there('xmlsec1', '--version') ? [] : ['xmlsec1']), ...(there('xmllint', '--version') ? [] : ['xmllint'])]);
export const describeWithOpenssl = suite(there('openssl', 'version') ? [] : ['openssl']);

/** Where the two signatures of a message are. */
export const SIGNATURES = {
  message: "//*[local-name()='Security']/*[local-name()='Signature']",
  assertion: "//*[local-name()='Assertion']/*[local-name()='Signature']",
} as const;

const IDS = ['Timestamp', 'Body', 'BinarySecurityToken'].flatMap((element) => ['--id-attr:Id', element]).concat('--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:assertion:Assertion');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program over files that last as long as it does. `{name}` in an argument is the path of that file. */
export async function run(program: string, args: readonly string[], files: Readonly<Record<string, string | Buffer>>): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-run-'));
  try {
    await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
    const { status, stdout, stderr } = spawnSync(program, args.map((arg) => arg.replace(/^\{(.+)\}$/, (_, name: string) => join(folder, name))), { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return { status, stdout, stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether xmlsec1 accepts a signature of the document, made by the key of that certificate. */
export async function accepts(xml: string, which: keyof typeof SIGNATURES, certificate: string): Promise<boolean> {
  const { status } = await run('xmlsec1', ['--verify', ...IDS, '--pubkey-cert-pem', '{certificate.pem}', '--enabled-key-data', 'rsa', '--node-xpath', SIGNATURES[which], '{message.xml}'], { 'message.xml': xml, 'certificate.pem': certificate });
  return status === 0;
}

/** The document with that signature made by xmlsec1: what is in its `DigestValue` and `SignatureValue` is made anew. */
export async function signedByXmlsec(xml: string, which: keyof typeof SIGNATURES, key: string): Promise<string> {
  const { status, stdout, stderr } = await run('xmlsec1', ['--sign', ...IDS, '--privkey-pem', '{key.pem}', '--node-xpath', SIGNATURES[which], '{message.xml}'], { 'message.xml': xml, 'key.pem': key });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** A document in exclusive canonical form, by libxml2. */
export async function exclusively(xml: string): Promise<string> {
  return (await run('xmllint', ['--nonet', '--exc-c14n', '{it.xml}'], { 'it.xml': xml })).stdout;
}
