import { archiveStream, AUDIENCES, romeMonth } from '@geres/contracts';
import { eventId, whole } from '@geres/kernel';
import { openEmbedded } from '@geres/platform/embedded';
import { archiveKeyId, loadKeyEncryptionKeys } from '@geres/platform/keys';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ulid } from 'ulid';
import { startGeres, temporaryFolder, type Demo } from './installation.js';
import { lookUp, pickUp, type Told } from './testing/lookups.js';
import { run, settingsFor } from './testing/run.js';
import { consoleToken } from './testing/tokens.js';

const CALLERS = 6;
const PER_PHASE = 60;

interface Installation {
  readonly id: string;
  readonly incarnation: string;
}

describe('a backup that is made while GeRes works', () => {
  let root: string;
  let home: string;
  let backup: string;
  /** Lookups that were answered before the backup began, with the codice fiscale that they asked about. */
  const before = new Map<string, string>();

  beforeAll(async () => {
    root = await temporaryFolder();
    home = join(root, 'casa');
    backup = join(root, 'backup');
    const geres = await startGeres(home);
    await underLoad(geres.demo, async (told) => {
      await told(PER_PHASE, (codiceFiscale, { status, body }) => status === 200 && before.set(body.id!, codiceFiscale));
      expect(await geresCommand(home, ['backup', backup])).toMatchObject({ code: 0 });
      await told(PER_PHASE, () => undefined);
    });
    // As if the machine had gone.
    await geres.end('SIGKILL');
  }, 120_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  const installationIn = async (folder: string): Promise<Installation> => JSON.parse(await readFile(join(folder, 'data', 'installation.json'), 'utf8')) as Installation;

  /** A new home with the keys of the first, made of a backup. */
  async function restored(name: string, from: string): Promise<string> {
    const other = join(root, name);
    await mkdir(other);
    await copyFile(join(home, 'data.keys'), join(other, 'data.keys'));
    const { code, complaint } = await geresCommand(other, ['restore', from]);
    expect({ code, complaint }).toMatchObject({ code: 0 });
    return other;
  }

  it('holds what was answered before it, and no key that opens it', async () => {
    expect(before.size).toBeGreaterThan(PER_PHASE / 2);
    expect((await readdir(backup)).sort()).toEqual(['backup.json', 'events.db', 'keys.db']);
    const keys = JSON.parse(await readFile(join(home, 'data.keys'), 'utf8')) as Readonly<Record<string, string>>;
    for (const file of await readdir(backup)) {
      const bytes = await readFile(join(backup, file));
      for (const key of Object.values(keys)) expect(bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64'))).toBe(false);
    }
  });

  it('becomes an installation that knows everything, under a new incarnation', async () => {
    const other = await restored('ripristinata', backup);
    const geres = await startGeres(other);
    try {
      const [first, second] = [await installationIn(home), await installationIn(other)];
      expect(second.id).toBe(first.id);
      expect(second.incarnation).not.toBe(first.incarnation);
      const verified = await geresCommand(other, ['archive', 'verify', '--json']);
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.output)).toMatchObject({ broken: [] });
      expect((await geresCommand(other, ['archive', 'tail', '--json', '-n', '1000'])).output).toContain('monitoring.archive.restored');

      const top = await monitoring(geres.demo);
      expect(await top.without(before.keys())).toEqual([]);
      for (const [lookup, codiceFiscale] of [...before].slice(0, 5)) expect(await top.reveal(lookup)).toMatchObject({ status: 200, text: expect.stringContaining(codiceFiscale) });
      // Answers are not part of a backup.
      expect((await pickUp(geres.demo, [...before.keys()][0]!)).status).toBe(410);
      expect((await lookUp(geres.demo)).status).toBe(200);
    } finally {
      await geres.end();
    }
  });

  it('does not bring back a month that was shredded, not even with the keys of before', async () => {
    const shredded = join(root, 'cancellata');
    await cp(home, shredded, { recursive: true, filter: (file) => !file.endsWith('.sock') });
    await shred(shredded, 'H501', romeMonth(new Date()));
    const later = join(root, 'backup-dopo');
    expect(await geresCommand(shredded, ['backup', later])).toMatchObject({ code: 0 });
    // Somebody puts the keys of the first backup in the place of the later ones.
    await copyFile(join(backup, 'keys.db'), join(later, 'keys.db'));
    const manifest = JSON.parse(await readFile(join(later, 'backup.json'), 'utf8')) as { readonly files: object };
    const sha256 = createHash('sha256').update(await readFile(join(later, 'keys.db'))).digest('hex');
    await writeFile(join(later, 'backup.json'), JSON.stringify({ ...manifest, files: { ...manifest.files, 'keys.db': sha256 } }));

    const other = await restored('ripristinata-dopo', later);
    const geres = await startGeres(other);
    try {
      const top = await monitoring(geres.demo);
      expect(await top.without(before.keys())).toEqual([]);
      expect(await top.reveal([...before.keys()][0]!)).toMatchObject({ status: 410, text: expect.stringContaining('soggetto-non-leggibile') });
    } finally {
      await geres.end();
    }
  });

  it('is restored neither over something, nor from half a backup, nor with other keys', async () => {
    const other = join(root, 'altra');
    await mkdir(join(other, 'data'), { recursive: true });
    await copyFile(join(home, 'data.keys'), join(other, 'data.keys'));
    await writeFile(join(other, 'data', 'qualcosa'), '');
    expect((await geresCommand(other, ['restore', backup])).code).toBe(2);
    expect(await readdir(join(other, 'data'))).toEqual(['qualcosa']);
    await rm(join(other, 'data'), { recursive: true });

    const half = join(root, 'mezzo');
    await cp(backup, half, { recursive: true });
    await writeFile(join(half, 'events.db'), (await readFile(join(backup, 'events.db'))).subarray(0, 10_000));
    expect((await geresCommand(other, ['restore', half])).code).toBe(4);
    await rm(join(half, 'backup.json'));
    expect((await geresCommand(other, ['restore', half])).code).toBe(4);

    const stranger = await startGeres(join(root, 'estranea'));
    await stranger.end();
    await copyFile(join(root, 'estranea', 'data.keys'), join(other, 'data.keys'));
    expect((await geresCommand(other, ['restore', backup])).code).toBe(2);
    await expect(readdir(join(other, 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is not needed after a crash: a second start finds everything, with the same users and people', async () => {
    const first = JSON.parse(await readFile(join(home, 'data', 'demo.json'), 'utf8')) as Demo;
    const known = await installationIn(home);
    const geres = await startGeres(home);
    try {
      const { utenti, persone, comuni, motivi, applicazioni } = geres.demo;
      expect({ utenti, persone, comuni, motivi, applicazioni }).toEqual({ utenti: first.utenti, persone: first.persone, comuni: first.comuni, motivi: first.motivi, applicazioni: first.applicazioni });
      expect(await installationIn(home)).toEqual(known);
      const [lookup, codiceFiscale] = [...before][0]!;
      expect(await pickUp(geres.demo, lookup)).toMatchObject({ status: 200, body: { id: lookup, soggetti: [{ codiceFiscale }] } });
      expect(await (await monitoring(geres.demo)).without(before.keys())).toEqual([]);
    } finally {
      await geres.end();
    }
  });
});

const geresCommand = (home: string, args: readonly string[]): ReturnType<typeof run> => run('cli', args, settingsFor(home));

type Hear = (codiceFiscale: string, told: Told) => unknown;

/** Callers that ask without a pause while `work` goes on; `told` resolves when so many more lookups had their outcome. */
async function underLoad(demo: Demo, work: (told: (howMany: number, hear: Hear) => Promise<void>) => Promise<void>): Promise<void> {
  let hear: Hear = () => undefined;
  let working = true;
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let turn = caller; working; turn += CALLERS) {
      const { codiceFiscale } = demo.persone[turn % demo.persone.length]!;
      const told = await lookUp(demo, { headers: { prefer: 'wait=1' }, body: { soggetto: { codiceFiscale } } });
      // Whoever listens now, not whoever did when it was asked.
      hear(codiceFiscale, told);
    }
  });
  const told = (howMany: number, then: Hear): Promise<void> =>
    new Promise((resolve) => {
      let left = howMany;
      hear = (codiceFiscale, one) => {
        then(codiceFiscale, one);
        left -= 1;
        if (left > 0) return;
        hear = () => undefined;
        resolve();
      };
    });
  try {
    await work(told);
  } finally {
    working = false;
    await Promise.all(callers);
  }
}

/** The archive of Roma as its TOP sees it. */
async function monitoring(demo: Demo): Promise<{ without(lookups: Iterable<string>): Promise<readonly string[]>; reveal(lookup: string): Promise<{ readonly status: number; readonly text: string }> }> {
  const headers = { authorization: `Bearer ${await consoleToken(demo, 'top.roma', AUDIENCES.monitoring)}`, 'content-type': 'application/json' };
  const url = `${demo.baseUrl}/monitoraggio/v1/richieste`;
  const started = new Date().toISOString();
  return {
    /** Those of the lookups that are not in the list, once it knows everything. */
    async without(lookups) {
      for (;;) {
        const ids: string[] = [];
        let after: string | undefined;
        let until: string | null;
        do {
          const page = (await (await fetch(`${url}?limite=200${after === undefined ? '' : `&dopo=${after}`}`, { headers })).json()) as { readonly richieste: readonly { readonly id: string }[]; readonly successivo?: string; readonly aggiornatoAl: string | null };
          ids.push(...page.richieste.map(({ id }) => id));
          ({ successivo: after, aggiornatoAl: until } = page);
        } while (after !== undefined);
        // Read models say until when they know everything: before that they are still being built.
        if (until !== null && until >= started) return [...lookups].filter((lookup) => !ids.includes(lookup));
      }
    },
    async reveal(lookup) {
      const response = await fetch(`${url}/${lookup}/soggetto`, { method: 'POST', headers, body: JSON.stringify({ motivo: 'Verifica del ripristino' }) });
      return { status: response.status, text: await response.text() };
    },
  };
}

/** What the end of retention does to a month: its secret is destroyed, and that is recorded. */
async function shred(home: string, comune: string, month: string): Promise<void> {
  const folder = join(home, 'data');
  const clock = (): Date => new Date();
  const { store, keys, close } = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys: await loadKeyEncryptionKeys({ env: {}, dataFolder: folder }), clock });
  await keys.archive.destroy(archiveKeyId(comune, month));
  const stream = archiveStream(romeMonth(clock()));
  const id = ulid();
  const meta = { actor: 'system:prova', correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment: 'test' as const };
  await store.append(stream, (await whole(store.read(stream))).head, [{ id: eventId(id, 0), type: 'monitoring.archive.shredded', v: 1, data: { comune, month }, meta }]);
  await close();
}
