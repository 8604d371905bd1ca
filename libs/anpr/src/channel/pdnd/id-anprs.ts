import type { Sealed } from '@geres/contracts';
import { AlreadyThere, type Collection } from '@geres/kernel';
import type { Box, KeyStore } from '@geres/platform/keys';

/** idANPR of people who were asked about by codice fiscale before. Never rejects: without it one call more is made. */
export interface IdAnprs {
  find(comune: string, codiceFiscale: string): Promise<string | undefined>;
  keep(comune: string, codiceFiscale: string, idANPR: string): Promise<void>;
}

/** An idANPR, sealed; the row goes by a keyed tag of the codice fiscale. */
export interface KnownIdAnpr {
  readonly sealed: Sealed;
}

export interface KnownIdAnprsPorts {
  readonly collection: Collection<KnownIdAnpr>;
  readonly keys: Pick<KeyStore, 'box'>;
  readonly clock: () => Date;
  readonly onFailure: (error: unknown) => void;
}

/**
 * ANPR wants a codice fiscale resolved once for each person, and gives an idANPR for life (pdnd.md §11.1). What may change is whose it is: two cards of one person
 * are joined, a code was given to the wrong one. Thirty days spare the quota of C030 the questions of a case, and keep no person longer than that.
 */
export const KNOWN_MS = 30 * 86_400_000;

/** Under a secret of each Comune: what one Comune has learnt is of no use to another, and says nothing to whoever reads the collection. */
export function knownIdAnprs({ collection, keys, clock, onFailure }: KnownIdAnprsPorts): IdAnprs {
  const placed = async (comune: string, codiceFiscale: string): Promise<{ readonly box: Box; readonly id: string }> => {
    const box = await keys.box(`idanpr/${comune}`);
    return { box, id: `${comune}/${box.tag('cf', codiceFiscale)}` };
  };
  return {
    async find(comune, codiceFiscale) {
      try {
        const { box, id } = await placed(comune, codiceFiscale);
        const row = await collection.get(id);
        return row && String(box.open(row.sealed, id));
      } catch (error) {
        onFailure(error);
        return undefined;
      }
    },
    async keep(comune, codiceFiscale, idANPR) {
      try {
        const { box, id } = await placed(comune, codiceFiscale);
        const row = { sealed: box.seal(idANPR, id) };
        const options = { expiresAt: new Date(clock().getTime() + KNOWN_MS) };
        if (await collection.insert(id, row, options).then(() => true, isThere)) return;
        const seen = await collection.get(id);
        // Two questions about one person at the same time learn the same; a later one may learn another.
        if (seen && box.open(seen.sealed, id) !== idANPR) await collection.replace(id, seen, row, options);
      } catch (error) {
        onFailure(error);
      }
    },
  };
}

function isThere(error: unknown): false {
  if (error instanceof AlreadyThere) return false;
  throw error;
}
