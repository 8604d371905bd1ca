import type { Risposta } from '@geres/contracts';
import type { AskChannel, ChannelOutcome, ChannelQuestion } from '../channel/channel.js';

/** The person that the fake ANPR knows: synthetic. */
export const PERSON = { cognome: 'Sintetica', nome: 'Persona', codiceFiscale: 'SNTPRS80A41H501U' } as const;

/** A question that has left, and its answer when the spec gives it. */
export interface Departed {
  readonly question: ChannelQuestion;
  answer(outcome?: ChannelOutcome): void;
}

/** Stands for ANPR behind the port: what leaves is seen, and answered at once or when the spec says so. */
export interface FakeChannel {
  readonly ask: AskChannel;
  /** Everything that has left, in order. */
  readonly departed: readonly Departed[];
  /** From now on questions of a Comune (of all, if absent) get no answer of their own. */
  hold(comune?: string): void;
  /** From now on every question gets this. */
  answers(outcome: (question: ChannelQuestion) => ChannelOutcome): void;
  /** Resolves when so many questions have left. */
  left(count: number): Promise<void>;
}

export const found = ({ lookup, operationId }: ChannelQuestion): ChannelOutcome => ({
  kind: 'answered',
  risposta: {
    id: lookup,
    esito: 'trovato',
    avvertenze: [],
    soggetti: [{ stato: 'attivo', codiceFiscale: PERSON.codiceFiscale, generalita: { cognome: PERSON.cognome, nome: PERSON.nome } }],
    fonte: { ambiente: 'test', canale: 'ws', idOperazione: operationId, idOperazioneANPR: '1', dataOra: '2026-11-23T09:00:00.000Z' },
  } satisfies Risposta,
  sections: ['2', '10'],
  persons: 1,
  anprOperationId: '1',
  found: [{ kind: 'cf', value: PERSON.codiceFiscale }],
  anprMs: 5,
});

export const failing = (problem: Extract<ChannelOutcome, { kind: 'failed' }>['problem']): ChannelOutcome => ({ kind: 'failed', problem, anprMs: 5 });

export function fakeChannel(onDeparture: (question: ChannelQuestion) => void = () => undefined): FakeChannel {
  const departed: Departed[] = [];
  const held = new Set<string>();
  const waiting = new Set<() => void>();
  let outcome: (question: ChannelQuestion) => ChannelOutcome = found;
  return {
    departed,
    ask(question) {
      const { promise, resolve } = Promise.withResolvers<ChannelOutcome>();
      const cut = (): void => resolve(failing('anpr-non-disponibile'));
      question.signal.addEventListener('abort', cut);
      void promise.then(() => question.signal.removeEventListener('abort', cut));
      departed.push({ question, answer: (given) => resolve(given ?? outcome(question)) });
      onDeparture(question);
      for (const look of [...waiting]) look();
      if (!held.has('') && !held.has(question.comune.comune)) resolve(outcome(question));
      return promise;
    },
    hold: (comune = '') => void held.add(comune),
    answers: (given) => void (outcome = given),
    left: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (departed.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
