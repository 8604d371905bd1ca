import type { RequestHeader } from './soap/header.js';

/** What became of an operation. `waiting` is also where one stays that never gets an answer; `undone` leaves nothing behind, so that it may be asked again. */
export type State<Answer> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'answered'; readonly header: RequestHeader; readonly idOperazioneANPR: number; readonly answer: Answer }
  | { readonly kind: 'undone' };

export interface Operation<Answer> {
  readonly sequence: number;
  readonly idOperazioneComune: string;
  readonly codMittente: string;
  readonly operazione: string;
  readonly receivedAt: number;
  times: number;
  outcome: string;
  replayed: boolean;
  /** Another question came under the same id: what a correct client never does. */
  differing: boolean;
  readonly question: string;
  state: State<Answer>;
}

export type Receipt<Answer> = { readonly as: 'new' | 'running' | 'other-operation'; readonly operation: Operation<Answer> } | { readonly as: 'replay'; readonly operation: Operation<Answer>; readonly state: Extract<State<Answer>, { kind: 'answered' }> };

/** The memory of ids that ANPR keeps per sender, and the register that tests count from. The newest `limit` are remembered, the older ones forgotten and counted. */
export interface Operations<Answer> {
  receive(key: Pick<RequestHeader, 'idOperazioneComune' | 'codMittente' | 'operazioneRichiesta'>, question: string, now: number): Receipt<Answer>;
  /** One more answer of this kind was given, to whatever request. */
  count(outcome: string): void;
  /** In order of first arrival, those with a sequence number beyond `after`. */
  page(after: number, size: number): readonly Operation<Answer>[];
  readonly totals: { readonly received: number; readonly replays: number; readonly forgotten: number; readonly outcomes: Readonly<Record<string, number>> };
  clear(): void;
}

export function operations<Answer>(limit: number): Operations<Answer> {
  let kept: Operation<Answer>[] = [];
  let byKey = new Map<string, Operation<Answer>>();
  let last = 0;
  const totals = { received: 0, replays: 0, forgotten: 0, outcomes: {} as Record<string, number> };

  function forgetOldest(): void {
    // A tenth at once: the cost of moving the list is shared by many arrivals.
    const gone = kept.splice(0, Math.max(1, Math.floor(limit / 10)));
    for (const operation of gone) byKey.delete(keyOf(operation));
    totals.forgotten += gone.length;
  }

  function known(operation: Operation<Answer>, operazione: string, question: string): Receipt<Answer> {
    operation.times += 1;
    if (operation.question !== question) operation.differing = true;
    const { state } = operation;
    if (state.kind === 'undone') return { as: 'new', operation };
    if (operation.operazione !== operazione) return { as: 'other-operation', operation };
    if (state.kind === 'waiting') return { as: 'running', operation };
    operation.replayed = true;
    totals.replays += 1;
    return { as: 'replay', operation, state };
  }

  return {
    totals,
    receive({ idOperazioneComune, codMittente, operazioneRichiesta: operazione }, question, now) {
      totals.received += 1;
      const there = byKey.get(keyOf({ idOperazioneComune, codMittente }));
      if (there) return known(there, operazione, question);
      if (kept.length >= limit) forgetOldest();
      last += 1;
      const operation: Operation<Answer> = { sequence: last, idOperazioneComune, codMittente, operazione, receivedAt: now, times: 1, outcome: 'in-corso', replayed: false, differing: false, question, state: { kind: 'waiting' } };
      kept.push(operation);
      byKey.set(keyOf(operation), operation);
      return { as: 'new', operation };
    },
    count: (outcome) => {
      totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + 1;
    },
    page(after, size) {
      const first = kept[0];
      if (!first) return [];
      const from = Math.max(0, after + 1 - first.sequence);
      return kept.slice(from, from + size);
    },
    clear() {
      kept = [];
      byKey = new Map();
      totals.received = totals.replays = totals.forgotten = 0;
      totals.outcomes = {};
    },
  };
}

function keyOf({ codMittente, idOperazioneComune }: { readonly codMittente: string; readonly idOperazioneComune: string }): string {
  return `${codMittente}/${idOperazioneComune}`;
}
