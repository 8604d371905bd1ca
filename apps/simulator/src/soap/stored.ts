import type { World } from '../world.js';
import { answered, answeredFamily } from './answer-3002.js';
import { tableAnswer, versionsAnswer } from './answer-7001.js';
import type { Incoming } from './checks.js';
import { refusal } from './errors.js';
import type { RequestHeader } from './header.js';
import type { Message } from './messages.js';
import { xop } from './mtom.js';
import { readQuestion } from './question.js';
import { refused } from './refused.js';
import { search, searchFamily, type Outcome } from './search.js';
import { TABLE_IDS, tableFile } from './tables.js';
import { connectionAnswer } from './testconn.js';
import type { Version } from './versions.js';
import { child, textOf } from './xml.js';

/** What an operation of any service came to: it is what ANPR stores. */
export type Stored =
  | Outcome
  | { readonly kind: 'connection' }
  | { readonly kind: 'table'; readonly id: string }
  | { readonly kind: 'versions'; readonly current: Version; readonly all: readonly Version[] };

/** Does what a message asks that passed every check. */
export function ask(world: World, { envelope, header, message, today, versions }: Incoming): Stored {
  switch (message.operation) {
    case '3002': {
      const question = readQuestion(envelope.body, header.codMittente, today);
      if ('code' in question) return { kind: 'refused', error: question };
      return 'convivenza' in question ? searchFamily(world.people, question, today) : search(world.people, question);
    }
    case 'OP01':
      return { kind: 'connection' };
    case '7001': {
      const id = textOf(child(envelope.body, 'datiRichiesta'), 'idTabella') ?? '';
      return TABLE_IDS.includes(id) ? { kind: 'table', id } : { kind: 'refused', error: refusal('EN122', [], { field: 'idTabella', value: id }) };
    }
    case '7003': {
      const [current] = versions;
      if (!current) return { kind: 'refused', error: refusal('EN122') };
      return { kind: 'versions', current, all: textOf(child(envelope.body, 'datiRichiesta'), 'tipoVersioni') === '2' ? versions : [] };
    }
    default:
      return message.operation satisfies never;
  }
}

/** What was stored, as it goes on the wire under the header of the request that it answered. */
export function written({ answers, comuni, today }: World, namespace: string, message: Message, answer: Stored, header: RequestHeader, idOperazioneANPR: number): { readonly body: string; readonly type?: string } {
  switch (answer.kind) {
    case 'found':
      return xop(answered(answer, header, idOperazioneANPR, answers.elementoIgnoto), idOperazioneANPR, answers.mtom);
    case 'family':
      return xop(answeredFamily(answer.cards, header, idOperazioneANPR, answers.elementoIgnoto), idOperazioneANPR, answers.mtom);
    case 'refused':
      return { body: refused(namespace, message.operation, answer.error ? [answer.error] : [], header, idOperazioneANPR, today()) };
    case 'connection':
      return { body: connectionAnswer(header, idOperazioneANPR, '0000') };
    case 'table':
      // MTOM was seen with the documents of 3002 alone.
      return xop(tableAnswer(answer.id, tableFile(answer.id, comuni) ?? '', header, idOperazioneANPR), idOperazioneANPR, answers.mtom === 'sempre' ? 'sempre' : 'mai');
    case 'versions':
      return { body: versionsAnswer(answer.current, answer.all, header, idOperazioneANPR) };
    case 'broken':
      throw new Error('an operation that ended in nothing has no answer to write');
    default:
      return answer satisfies never;
  }
}

/** One word for the register. */
export function nameOf(answer: Stored): string {
  switch (answer.kind) {
    case 'found':
    case 'family':
    case 'connection':
    case 'table':
    case 'versions':
      return 'OK';
    case 'refused':
      return `KO:${answer.error?.code ?? 'vuoto'}`;
    case 'broken':
      return answer.how;
    default:
      return answer satisfies never;
  }
}
