import { caseTagInput, romeMonth, subjectTagInputs, type AskLookup, type Sealed, type Tag } from '@geres/contracts';
import { canonical } from '@geres/kernel';
import { archiveKeyId, KeyDestroyed, type Box, type KeyStore } from '@geres/platform/keys';
import type { BoundKey } from './asking.domain.js';
import { civil } from './civil.domain.js';

/** A question as it goes into the archive: sealed and tagged under the secret of its Comune and month. */
export interface Prepared {
  readonly archive: Box;
  readonly subject: Sealed;
  readonly tags: readonly Tag[];
  readonly bound?: BoundKey;
}

const DAY_MS = 86_400_000;

/** Errors: what the key store throws; `KeyDestroyed` where the month of the lookup was shredded. */
export async function prepared({ data }: AskLookup, at: Date, archives: KeyStore): Promise<Prepared> {
  const { comune, lookup, request } = data;
  const archive = await archives.box(archiveKeyId(comune, romeMonth(at)));
  const { soggetto, dichiarati, pratica } = request;
  const subject = archive.seal({ soggetto, ...(dichiarati ? { dichiarati } : {}), ...(pratica ? { pratica } : {}), dataRiferimento: request.dataRiferimento ?? civil(at).day }, lookup);
  const tags = [...subjectTagInputs(soggetto), ...(pratica ? [caseTagInput(pratica)] : [])].map(({ kind, value }) => archive.tag(kind, value));
  const bound = await boundKey(data, at, archive, archives);
  return { archive, subject, tags, ...(bound ? { bound } : {}) };
}

/** The idempotency key and the body as digests, under the secret of this month and of the month before where 24 hours reach back into it. */
async function boundKey({ idempotencyKey, caller, comune, request }: AskLookup['data'], at: Date, archive: Box, archives: KeyStore): Promise<BoundKey | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const before = romeMonth(new Date(at.getTime() - DAY_MS));
  const older = before === romeMonth(at) ? undefined : await archives.find(archiveKeyId(comune, before)).catch(unlessDestroyed);
  const boxes = older ? [archive, older] : [archive];
  const scope = `${caller.application}\n${caller.user}\n${comune}\n${idempotencyKey}`;
  const body = canonical(request);
  return { keys: boxes.map((box) => box.tag('idempotency', scope)), bodies: boxes.map((box) => box.tag('body', body)) };
}

/** What was bound under a secret that was destroyed is bound no more. */
function unlessDestroyed(error: unknown): undefined {
  if (!(error instanceof KeyDestroyed)) throw error;
}
