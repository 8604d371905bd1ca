import { AlreadyThere, type Collection, type Head } from '@geres/kernel';
import { randomUUID } from 'node:crypto';
import type { Folded } from './fold.js';
import type { RegisterState } from './register.domain.js';
import { blocksOf, blockText, readBlock, registerOf, SHAPE, totalsOf, type Totals } from './snapshot.domain.js';

/** The row of a register, under the name of its stream: what it is a snapshot of, and the rows that hold it. */
export interface SnapshotHead {
  readonly incarnation: string;
  readonly shape: number;
  readonly head: Head;
  readonly totals: string;
  readonly blocks: readonly string[];
}

/** A row that is written once: totals or a block of lookups, as JSON. */
export interface SnapshotPart {
  readonly part: string;
}

export type SnapshotRow = SnapshotHead | SnapshotPart;

export interface SnapshotOptions {
  readonly collection: Collection<SnapshotRow>;
  readonly incarnation: string;
  /** Events between two snapshots of a register; default 5000. */
  readonly every?: number;
  /** A snapshot that could not be written or read: without it the next owner takes longer. */
  readonly onFailure?: (error: unknown) => void;
}

/** Runs when nothing is on its way to the store: what `look` sees is durable, and ends at `head`. */
export type AtRest = <T>(look: (state: RegisterState, head: Head) => T) => Promise<T>;

/** A register as its snapshot has it, and the row that was read. */
export interface Restored {
  readonly row: SnapshotRow | undefined;
  readonly folded?: Folded;
}

/** Rows read or blocks written in one go: nobody waits long for their turn. */
const TOGETHER = 4;
/** A register is of use for two days; the rows of a writer that died go with the others. */
const KEPT_MS = 4 * 86_400_000;

/**
 * Snapshots of the registers of one process. A register is kept in blocks, and only those that changed are written again: a snapshot costs what has happened
 * since the last one, not what the day holds. Nothing depends on them: one that is old, incomplete or made up is found out by the chain of the stream.
 */
export class RegisterSnapshots {
  constructor(private readonly options: SnapshotOptions) {}

  async restore(stream: string): Promise<Restored> {
    const { collection, incarnation, onFailure } = this.options;
    let row: SnapshotRow | undefined;
    try {
      row = await collection.get(stream);
      if (!row || !('head' in row) || row.incarnation !== incarnation || row.shape !== SHAPE) return { row };
      const [totals] = await this.parts([row.totals]);
      if (totals === undefined) return { row };
      const state = registerOf(JSON.parse(totals) as Totals);
      for (let at = 0; at < row.blocks.length; at += TOGETHER) {
        const texts = await this.parts(row.blocks.slice(at, at + TOGETHER));
        for (const text of texts) {
          if (text === undefined) return { row };
          readBlock(state, text);
        }
      }
      state.changed.clear();
      return { row, folded: { state, head: row.head } };
    } catch (error) {
      onFailure?.(error);
      return { row };
    }
  }

  /** `restored`: the snapshot that the register has been folded from; without it every block is written. */
  keeper(stream: string, day: string, atRest: AtRest, restored: Restored): Keeper {
    return new Keeper(this.options, stream, new Date(Date.parse(`${day}T00:00:00Z`) + KEPT_MS), atRest, restored);
  }

  private async parts(ids: readonly string[]): Promise<readonly (string | undefined)[]> {
    const rows = await this.options.collection.getMany(ids);
    return ids.map((id) => {
      const row = rows.get(id);
      return row && 'part' in row ? row.part : undefined;
    });
  }
}

/** Writes the snapshots of one register while it is owned. */
export class Keeper {
  private since = 0;
  private row: SnapshotRow | undefined;
  private blocks: string[];
  private writing: Promise<void> | undefined;

  constructor(
    private readonly options: SnapshotOptions,
    private readonly stream: string,
    private readonly expiresAt: Date,
    private readonly atRest: AtRest,
    { row, folded }: Restored,
  ) {
    this.row = row;
    this.blocks = folded && row && 'blocks' in row ? [...row.blocks] : [];
  }

  /** So many more events are durable. */
  absorbed(events: number): void {
    this.since += events;
    if (this.since >= (this.options.every ?? 5000)) void this.write();
  }

  /** Writes what has changed since the last one. Never rejects. */
  write(): Promise<void> {
    if (this.since === 0 || this.expiresAt.getTime() <= Date.now()) return this.writing ?? Promise.resolve();
    return (this.writing ??= this.next()
      .catch((error: unknown) => {
        this.blocks = [];
        this.options.onFailure?.(error);
      })
      .finally(() => (this.writing = undefined)));
  }

  private async next(): Promise<void> {
    const { incarnation, collection } = this.options;
    const written: string[] = [];
    const put = async (part: string): Promise<string> => {
      const id = `${this.stream}/${randomUUID()}`;
      await collection.insert(id, { part }, { expiresAt: this.expiresAt });
      written.push(id);
      return id;
    };
    const { head, totals, changed } = await this.atRest((state, at) => {
      this.since = 0;
      const all = Array.from({ length: blocksOf(state) }, (_, block) => block);
      return { head: at, totals: JSON.stringify(totalsOf(state)), changed: all.filter((block) => state.changed.has(block) || this.blocks[block] === undefined) };
    });
    const blocks = [...this.blocks];
    // Later than the totals, a few at a time: see `blockText`.
    for (let at = 0; at < changed.length; at += TOGETHER) {
      const some = changed.slice(at, at + TOGETHER);
      const texts = await this.atRest((state) =>
        some.map((block) => {
          state.changed.delete(block);
          return blockText(state, block);
        }),
      );
      for (const [index, text] of texts.entries()) blocks[some[index]!] = await put(text);
    }
    const row: SnapshotHead = { incarnation, shape: SHAPE, head, totals: await put(totals), blocks };
    const before = this.row;
    if (await this.put(row)) {
      const kept = new Set([row.totals, ...blocks]);
      const old = before && 'blocks' in before ? [before.totals, ...before.blocks].filter((id) => !kept.has(id)) : [];
      for (const id of old) await collection.remove(id);
      return;
    }
    // Another owner writes snapshots of this register: the next of ours, if any, starts from nothing of theirs.
    for (const id of written) await collection.remove(id);
    this.blocks = [];
    this.row = await collection.get(this.stream);
  }

  private async put(row: SnapshotHead): Promise<boolean> {
    const { collection } = this.options;
    const { expiresAt } = this;
    const done = this.row ? await collection.replace(this.stream, this.row, row, { expiresAt }) : await collection.insert(this.stream, row, { expiresAt }).then(() => true, isThere);
    if (!done) return false;
    this.row = row;
    this.blocks = [...row.blocks];
    return true;
  }
}

function isThere(error: unknown): false {
  if (error instanceof AlreadyThere) return false;
  throw error;
}
