import { randomBytes } from 'node:crypto';
import { chmod, cp, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGeres, temporaryFolder } from '../installation.js';
import { lookUp, pickUp } from '../testing/lookups.js';
import { run, settingsFor, type Outcome } from '../testing/run.js';
import { canMount, mountSmallDisk } from '../testing/tmpfs.js';

const PAGE = 4096;

describe('a start that cannot succeed says why in one line and ends with 2', () => {
  let root: string;
  /** A home whose installation has worked and was stopped. */
  let whole: string;
  let lookup: string;
  let copies = 0;

  beforeAll(async () => {
    root = await temporaryFolder();
    whole = join(root, 'intera');
    const geres = await startGeres(whole);
    lookup = (await lookUp(geres.demo)).body.id!;
    await geres.end();
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const copy = async (): Promise<string> => {
    const home = join(root, `copia-${++copies}`);
    await cp(whole, home, { recursive: true });
    return home;
  };
  const data = (home: string, file: string): string => join(home, 'data', file);
  const start = (home: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> => run('standalone', [], { ...settingsFor(home), ...env });

  /** The fault as it was told: one line beside those of the log, and nothing of the program's inside. */
  function refused({ code, complaint }: Outcome): string {
    expect({ code, complaint }).toMatchObject({ code: 2 });
    const lines = complaint.trim().split('\n').filter((line) => !line.startsWith('{"level"'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/\bat .+:\d+:\d+|Error:/);
    return lines[0]!;
  }

  /** Overwrites pages from the `from`-th, counted from 0, with noise. */
  async function damage(file: string, from: number): Promise<void> {
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    for (let at = from * PAGE; at < size; at += PAGE) await handle.write(randomBytes(Math.min(PAGE, size - at)), 0, undefined, at);
    await handle.close();
  }

  it('the port is taken', async () => {
    await withTakenPort(async (port) => expect(refused(await start(join(root, 'porta'), { GERES_PORT: String(port) }))).toBe(`GERES_PORT = "${port}": la porta è già in uso`));
    await expect(readdir(join(root, 'porta', 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('the port of the simulator is taken', () => withTakenPort(async (port) => expect(refused(await start(await copy(), { GERES_SIMULATOR_PORT: String(port) }))).toBe(`GERES_SIMULATOR_PORT = "${port}": la porta è già in uso`)));

  it('another process works on the data folder, which goes on', async () => {
    const home = await copy();
    const first = await startGeres(home);
    try {
      expect(refused(await start(home))).toBe(`la cartella dei dati ${join(home, 'data')} è in uso dal processo ${first.process.pid}`);
      expect((await lookUp(first.demo)).status).toBe(200);
    } finally {
      await first.end();
    }
  });

  it.each(['events.db', 'keys.db', 'collections.db'])('%s is damaged from its first page', async (file) => {
    const home = await copy();
    await damage(data(home, file), 0);
    expect(refused(await start(home))).toContain(data(home, file));
  });

  it.each(['events.db', 'keys.db', 'collections.db'])('%s is damaged in its inner pages', async (file) => {
    const home = await copy();
    await damage(data(home, file), 1);
    expect(refused(await start(home))).toContain(data(home, file));
  });

  it.each(['events.db', 'keys.db'])('%s is cut short', async (file) => {
    const home = await copy();
    await truncate(data(home, file), 2 * PAGE + 100);
    expect(refused(await start(home))).toContain(data(home, file));
  });

  it('collections.db was lost or damaged: once it is away, everything is built anew from the events', async () => {
    const home = await copy();
    await rm(data(home, 'collections.db'));
    const geres = await startGeres(home);
    try {
      const { status, body } = await pickUp(geres.demo, lookup);
      // The lookup is known from the archive; its answer was kept for pick-up alone.
      expect({ status, type: body.type }).toEqual({ status: 410, type: 'urn:geres:problema:risposta-scaduta' });
      expect((await lookUp(geres.demo)).status).toBe(200);
    } finally {
      await geres.end();
    }
  });

  it('events.db or keys.db is missing, or installation.json', async () => {
    for (const file of ['installation.json', 'events.db', 'keys.db']) {
      const home = await copy();
      await rm(data(home, file));
      expect(refused(await start(home)), file).toContain(join(home, 'data'));
    }
  });

  it('installation.json says something else than JSON', async () => {
    const home = await copy();
    await writeFile(data(home, 'installation.json'), '{');
    expect(refused(await start(home))).toContain('installation.json');
  });

  it('the keys are those of another installation, are cut short, are open to others, or are not there', async () => {
    const home = await copy();
    const file = join(home, 'data.keys');
    const mine = await readFile(file, 'utf8');
    const other = Object.fromEntries(Object.keys(JSON.parse(mine) as object).map((custody) => [custody, randomBytes(32).toString('base64')]));
    await writeFile(file, JSON.stringify(other));
    expect(refused(await start(home))).toBe('la chiave di cifratura delle chiavi non è quella con cui sono stati protetti i segreti di questa installazione');
    await writeFile(file, mine.slice(0, 80));
    expect(refused(await start(home))).toBe(`il file delle chiavi ${file} non contiene le chiavi archive, connector, certificates, admin, di 32 byte in base64`);
    await writeFile(file, mine);
    await chmod(file, 0o644);
    expect(refused(await start(home))).toBe(`il file delle chiavi ${file} è leggibile da altri: chmod 600 ${file}`);
    await rename(file, `${file}.altrove`);
    expect(refused(await start(home))).toContain(`il file delle chiavi ${file} non c’è`);
    await rename(`${file}.altrove`, file);
    await chmod(file, 0o600);
    const geres = await startGeres(home);
    expect((await pickUp(geres.demo, lookup)).body.esito).toBe('trovato');
    await geres.end();
  });

  it('the folder is of another environment', async () => {
    expect(refused(await start(await copy(), { GERES_ENVIRONMENT: 'produzione' }))).toContain('è dell’ambiente «test»: non si può avviare in «produzione»');
  });

  it('a setting is wrong', async () => expect(refused(await start(await copy(), { GERES_PORT: 'ottanta' }))).toMatch(/^GERES_PORT = "ottanta": /));

  describe.skipIf(!canMount())('on a disk of its own (skipped where this user may not mount one)', () => {
    it('the data folder is read-only', async () => {
      const disk = mountSmallDisk(64);
      try {
        await cp(whole, disk.folder, { recursive: true });
        disk.readOnly();
        expect(refused(await start(disk.folder))).toBe(`GERES_DATA = ${JSON.stringify(join(disk.folder, 'data'))}: la cartella non si può scrivere (EROFS)`);
      } finally {
        disk.remove();
      }
    });

    it('the disk is full at the first start: nothing that stands in the way of another start is left', async () => {
      const disk = mountSmallDisk(1);
      try {
        const told = await run('standalone', [], settingsFor(disk.folder));
        expect(refused(told)).toMatch(/full|ENOSPC/);
        for (const left of await readdir(disk.folder)) if (left !== 'data.keys') await rm(join(disk.folder, left), { recursive: true });
        await cp(disk.folder, join(root, 'altrove'), { recursive: true });
        const geres = await startGeres(join(root, 'altrove'));
        expect((await lookUp(geres.demo)).status).toBe(200);
        await geres.end();
      } finally {
        disk.remove();
      }
    });
  });
});

async function withTakenPort(work: (port: number) => Promise<unknown>): Promise<void> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}
