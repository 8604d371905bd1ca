import { Persona } from '@geres/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alive, CODE_WARNING, CODICE_FISCALE, errore, frontEnd, ID_ANPR, ko, ok, residenza, soggetto } from '../../testing/pdnd-answers.js';
import { RispostaIllegibile } from '../soap/tree.js';
import { payloadOf } from './jws.js';
import { normaliseE002, type QuestionE002 } from './normalise.js';
import { parseRispostaE002, type RispostaE002 } from './response.js';
import { CASI_USO } from './services.js';

const question: QuestionE002 = { casoUso: 'C020', criteri: { idANPR: ID_ANPR }, codiceFiscale: CODICE_FISCALE, territorio: 'nazionale', sections: ['2', '6', '10', '21', '28'], catastaleOf: () => undefined, isOwn: () => false };
const status = fc.constantFrom(200, 200, 200, 302, 400, 401, 403, 404, 409, 429, 500, 502, 504);

const readable = (status: number, body: Uint8Array): RispostaE002 | undefined => {
  try {
    return parseRispostaE002(status, body);
  } catch (error) {
    if (error instanceof RispostaIllegibile && status === 200) return undefined;
    throw error;
  }
};

const ANSWERS = [
  ok([soggetto({ residenza: [residenza(), residenza('058091', { tipoIndirizzo: '2' })], ...alive('S') })], { listaAnomalie: [CODE_WARNING] }),
  ok([soggetto({ legameSoggetto: { tipoLegame: '3', codiceLegame: '1' }, cittadinanza: [{ codiceStato: '100' }] }), soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })]),
  ko(errore('EN122', 'Soggetto cancellato da ANPR')),
  frontEnd(429, 'LimitExceeded'),
];

/** An answer in which some members were put in the place of others, or became something else. */
const spoilt = fc.tuple(fc.constantFrom(...ANSWERS), fc.array(fc.tuple(fc.nat(), fc.oneof(fc.jsonValue(), fc.constantFrom('', '1', '0', 'S', '9'.repeat(50), 'constructor', '__proto__', ID_ANPR))), { minLength: 1, maxLength: 4 })).map(([whole, changes]) => {
  const copy = structuredClone(whole) as Record<string, unknown>;
  for (const [which, value] of changes) {
    const places: [Record<string, unknown>, string][] = [];
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const name of Object.keys(node)) {
        places.push([node as Record<string, unknown>, name]);
        walk((node as Record<string, unknown>)[name]);
      }
    };
    walk(copy);
    const [node, name] = places[which % places.length] ?? [copy, 'more'];
    node[name] = value;
  }
  return copy;
});

describe('whatever arrives', () => {
  it('as bytes is read or cannot be read, and nothing else', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string().map((text) => Buffer.from(text)), fc.json().map((text) => Buffer.from(text)));
    fc.assert(
      fc.property(status, bytes, fc.constantFrom(...CASI_USO), (status, body, casoUso) => {
        const risposta = readable(status, body);
        if (risposta) normaliseE002(risposta, { ...question, casoUso });
      }),
      { numRuns: 500 },
    );
  });

  it('as an answer with other values in it is told in the shape that is promised, and only about the person asked', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.constantFrom(200, 200, 200, 200, 404, 429), spoilt, fc.constantFrom('C015', 'C018', 'C019', 'C020'), (status, answer, casoUso) => {
        const risposta = readable(status, Buffer.from(JSON.stringify(answer)));
        if (!risposta) return;
        const normalised = normaliseE002(risposta, { ...question, casoUso });
        expect(normalised.anprOperationId ?? 'x').toMatch(/^[0-9A-Za-z-]{1,40}$/);
        if (normalised.kind === 'failed') {
          expect(normalised.detail).toMatch(/^[0-9A-Za-z-]{1,60}$/);
          return;
        }
        for (const person of normalised.soggetti) {
          told += 1;
          Persona.parse(person);
          if (person.idANPR !== undefined) expect(person.idANPR).toBe(ID_ANPR);
          else expect(person.codiceFiscale ?? CODICE_FISCALE).toBe(CODICE_FISCALE);
        }
      }),
      { numRuns: 1000 },
    );
    expect(told).toBeGreaterThan(30);
  });

  it('as a tree without end is not followed', () => {
    const deep = `${'{"listaSoggetti":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect(() => parseRispostaE002(200, Buffer.from(deep))).toThrow(RispostaIllegibile);
    const wide = { idOperazioneANPR: '1', listaSoggetti: { datiSoggetto: Array.from({ length: 200_001 }, () => 1) } };
    expect(() => parseRispostaE002(200, Buffer.from(JSON.stringify(wide)))).toThrow(RispostaIllegibile);
  });

  it('in the place of a token is one or is not', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.'))), (token) => void payloadOf(token)));
  });
});
