import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderInUse, lockDataFolder } from '../event-store/index.js';
import { keyEncryptionKey, WrongKeyEncryptionKey, type KeyEncryptionKey, type KeyStores } from '../keys/index.js';
import { controlPath, intoPlace, openEmbedded, restoreInto, UnusableBackup, WrongInstallation } from './index.js';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'geres-place-'))));
afterEach(() => rm(root, { recursive: true, force: true }));

const clock = (): Date => new Date();
const keksOf = (byte: number): Record<keyof KeyStores, KeyEncryptionKey> => {
  const kek = keyEncryptionKey(Buffer.alloc(32, byte));
  return { archive: kek, connector: kek, certificates: kek, admin: kek };
};
const write = (stage: string): Promise<void> => Promise.all(['events.db', 'installation.json'].map((file) => writeFile(join(stage, file), file))).then(() => undefined);

describe('a data folder that is made of something else', () => {
  it('is there whole when it is there', async () => {
    const folder = join(root, 'data');
    await intoPlace(folder, write);
    expect((await readdir(folder)).filter((name) => !name.startsWith('lock')).sort()).toEqual(['events.db', 'installation.json']);
    expect(await readFile(join(folder, 'installation.json'), 'utf8')).toBe('installation.json');
  });

  it('is not there at all when its making fails', async () => {
    const folder = join(root, 'data');
    const failing = intoPlace(folder, async (stage) => {
      await write(stage);
      throw new Error('disk');
    });
    await expect(failing).rejects.toThrow('disk');
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stays, empty, when it was there empty', async () => {
    await expect(intoPlace(root, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
    expect(await readdir(root)).toEqual([]);
  });

  it('takes the place of what a killed process had begun', async () => {
    await mkdir(join(root, '.in-preparazione'));
    await writeFile(join(root, '.in-preparazione', 'keys.db'), 'half');
    await intoPlace(root, write);
    expect(await readdir(root)).not.toContain('keys.db');
  });

  it('never takes the place of something', async () => {
    await writeFile(join(root, 'events.db'), 'mine');
    await expect(intoPlace(root, write)).rejects.toThrow(UnusableBackup);
    expect(await readFile(join(root, 'events.db'), 'utf8')).toBe('mine');
  });

  it('is not made where somebody works', async () => {
    const lock = await lockDataFolder(root);
    await expect(intoPlace(root, write)).rejects.toThrow(DataFolderInUse);
    await lock.release();
  });
});

describe('a data folder and its key-encryption keys', () => {
  const open = (folder: string, byte: number) => openEmbedded({ folder, environment: 'test', keyEncryptionKeys: keksOf(byte), clock });

  async function backedUp(): Promise<string> {
    const embedded = await open(join(root, 'data'), 1);
    await embedded.keys.archive.box('archive/H501/202611');
    await embedded.backupTo(join(root, 'backup'));
    await embedded.close();
    return join(root, 'backup');
  }

  it('does not open with other keys than its own', async () => {
    await backedUp();
    await expect(open(join(root, 'data'), 2)).rejects.toThrow(WrongKeyEncryptionKey);
    await (await open(join(root, 'data'), 1)).close();
  });

  it('is not restored with other keys than those of the backup, and nothing is left of the attempt', async () => {
    const backup = await backedUp();
    const folder = join(root, 'restored');
    await expect(restoreInto({ folder, backup, keyEncryptionKeys: keksOf(2), clock })).rejects.toThrow(WrongKeyEncryptionKey);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await restoreInto({ folder, backup, keyEncryptionKeys: keksOf(1), clock });
    await (await open(folder, 1)).close();
  });

  it('does not start as a new one when only a part of it is there', async () => {
    await backedUp();
    await rm(join(root, 'data', 'installation.json'));
    await expect(open(join(root, 'data'), 1)).rejects.toThrow(WrongInstallation);
  });
});

describe.skipIf(process.platform === 'win32')('the control socket of a data folder', () => {
  it('is in the folder, and in the temporary folder where the path would be too long', () => {
    expect(controlPath(root)).toBe(join(root, 'control.sock'));
    const deep = join(root, 'x'.repeat(120));
    expect(controlPath(deep)).toMatch(/geres-[0-9a-f]{16}\/control\.sock$/);
    expect(Buffer.byteLength(controlPath(deep))).toBeLessThanOrEqual(100);
  });
});
