import { describe, expect, it } from 'vitest';
import { child, compiled, needsCompiled, part } from '../testing/child.js';
import { workplace } from '../testing/temporary-folder.js';
import { DataFolderInUse, lockDataFolder } from './data-folder-lock.js';

const { folder, afterwards } = workplace();

describe('the lock of a data folder', () => {
  it('keeps everybody else off while it is held, and is free afterwards', async () => {
    const where = await folder();
    const lock = await lockDataFolder(where);
    await expect(lockDataFolder(where)).rejects.toMatchObject({ name: 'DataFolderInUse', folder: where, pid: String(process.pid) });
    await lock.release();
    await (await lockDataFolder(where)).release();
  });

  it('is of one folder', async () => {
    const locks = [await lockDataFolder(await folder()), await lockDataFolder(await folder())];
    for (const lock of locks) await lock.release();
  });

  it('may be let go twice', async () => {
    const where = await folder();
    const lock = await lockDataFolder(where);
    await lock.release();
    await lock.release();
    const other = await lockDataFolder(where);
    await lock.release();
    await expect(lockDataFolder(where)).rejects.toBeInstanceOf(DataFolderInUse);
    await other.release();
  });
});

(compiled ? describe : describe.skip)(`the lock of a data folder between two processes${needsCompiled}`, () => {
  const HOLDER = `
    import { lockDataFolder } from ${part('event-store')};
    await lockDataFolder(process.argv[2]);
    console.log('locked');
    setInterval(() => undefined, 1000);`;

  it('is told with the process that holds it, for as long as that lives, however it ends', async () => {
    const where = await folder();
    const holder = child(HOLDER, { args: [where] });
    afterwards(() => holder.kill());
    expect(await holder.line()).toBe('locked');
    await expect(lockDataFolder(where)).rejects.toMatchObject({ name: 'DataFolderInUse', pid: String(holder.pid) });
    await holder.kill();
    await (await lockDataFolder(where)).release();
  });

  it('refuses the other process too', async () => {
    const where = await folder();
    const lock = await lockDataFolder(where);
    const refused = child(`
      import { lockDataFolder } from ${part('event-store')};
      await lockDataFolder(process.argv[2]).catch(({ name, pid }) => console.log(name, pid));`, { args: [where] });
    afterwards(() => refused.kill());
    expect(await refused.line()).toBe(`DataFolderInUse ${process.pid}`);
    await lock.release();
  });
});
