import type { RoleAssignment } from '@geres/contracts';
import type { ReadModelRows } from '../read-models/open.js';

/** A role in words: `TOP · Comune di Roma`, `ADMIN · Ufficio tributi · Comune di Roma`. A place that is not known yet goes by its code. */
export async function roleName({ comuni, enti }: Pick<ReadModelRows, 'comuni' | 'enti'>, { role, comune, ente }: RoleAssignment): Promise<string> {
  const body = ente === undefined ? undefined : ((await enti.get(ente))?.name ?? ente);
  const place = comune === undefined ? undefined : `Comune di ${(await comuni.get(comune))?.name ?? comune}`;
  return [role, body, place].filter((part) => part !== undefined).join(' · ');
}
