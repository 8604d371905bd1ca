import type { Checkpoint, Collection, DomainEvent, Folded, ProjectedTo, Projection, Row } from '@geres/kernel';
import { afterTagged, isTagsRow, tagsRowsOf, type TagsRow } from './lookup-tags.projection.js';
import { afterEvent, IN_PROGRESS, lookupsOf, onRegister, type LookupRow } from './lookups.projection.js';

type RegisterRow = LookupRow | TagsRow;

/** Lookups and their tags in one reading of the registers: reading and parsing an event costs more than folding it twice. */
export const registers: Projection<RegisterRow, DomainEvent> = {
  name: 'lookups',
  version: 1,
  prefixes: ['register-'],
  idsOf: (recorded) => {
    const event = onRegister(recorded);
    const ids = lookupsOf(event);
    return event.type === 'anpr.register.taken' ? ids : [...ids, ...tagsRowsOf(recorded, event)];
  },
  apply: (row, recorded, id) => (isTagsRow(id) ? afterTagged(row as TagsRow | undefined, recorded.version, lookupsOf(recorded)[0]!, id) : afterEvent(row as LookupRow | undefined, recorded, id)),
};

/**
 * Two collections as the one that the projection writes. Where they have not come equally far, both are folded on from where the one behind stands. `onOpen` is told the Comune of
 * each lookup that is written without an outcome, before it is.
 */
export function together(lookups: Collection<Folded<LookupRow>>, tags: Collection<Folded<TagsRow>>, onOpen: (comune: string) => void = () => undefined): ProjectedTo<RegisterRow> {
  const clear = async (): Promise<void> => {
    await Promise.all([lookups.clear(), tags.clear()]);
  };
  return {
    clear,
    async checkpoint() {
      const [one, other] = await Promise.all([lookups.checkpoint(), tags.checkpoint()]);
      if (one && other && one.incarnation === other.incarnation) return behind(one, other);
      if (one ?? other) await clear();
      return undefined;
    },
    async getMany(ids) {
      const [some, others] = await Promise.all([lookups.getMany(ids.filter((id) => !isTagsRow(id))), tags.getMany(ids.filter(isTagsRow))]);
      return new Map<string, Folded<RegisterRow>>([...some, ...others]);
    },
    async commit(rows, checkpoint) {
      const ofLookups = part<LookupRow>(rows, (id) => !isTagsRow(id));
      for (const row of ofLookups.values()) if (row?.outcome === IN_PROGRESS) onOpen(row.comune);
      const [some, others] = await Promise.all([lookups.commit(ofLookups, checkpoint), tags.commit(part<TagsRow>(rows, isTagsRow), checkpoint)]);
      return behind(some, others);
    },
  };
}

const behind = (one: Checkpoint, other: Checkpoint): Checkpoint => (one.position < other.position ? one : other);

const part = <T extends Row>(rows: ReadonlyMap<string, Folded<RegisterRow> | undefined>, belongs: (id: string) => boolean): ReadonlyMap<string, Folded<T> | undefined> =>
  new Map([...rows].filter(([id]) => belongs(id)) as (readonly [string, Folded<T> | undefined])[]);
