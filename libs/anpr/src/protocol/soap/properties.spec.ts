import { Persona } from '@geres/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, cancelled, card, CODICE_FISCALE, comuneXml, died, errore, fault, OPERATION, OWN, refusal, residence } from '../../testing/soap-answers.js';
import { normalise, type Question } from './normalise.js';
import { buildRichiesta3002, envelope, type Domanda3002 } from './request.js';
import { parseRisposta3002, type Risposta3002 } from './response.js';
import { escaped, NotSendable, sendableText } from './text.js';
import { at, RispostaIllegibile, text, treeOf } from './tree.js';

const question: Question = { idOperazione: OPERATION, comuneIstat: OWN, criteri: { codiceFiscale: CODICE_FISCALE }, territorio: 'nazionale', sections: ['2', '10', '27', '28'], catastaleOf: () => undefined };

/** What XML can carry as it is: no control characters, no carriage return, no lone surrogates. */
const xmlText = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((value) => !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(value));

describe('whatever is written', () => {
  it('comes back from XML as it was', () => {
    fc.assert(
      fc.property(xmlText, (value) => {
        expect(treeOf(`<r><t>${escaped(value)}</t></r>`).children[0]!.text).toBe(value);
      }),
    );
  });

  it('as a name is sent in the characters of the schema, or not at all; and sent again it is the same', () => {
    const letters = fc.string({ unit: fc.oneof(fc.constantFrom(...'AÀŞșȚẞƏ’\'-. ,ñüŁđ×÷Ж李2/()'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), maxLength: 90 });
    fc.assert(
      fc.property(letters, fc.constantFrom('name', 'text', 'place'), (value, of) => {
        let sent: string;
        try {
          sent = sendableText('campo', value, of);
        } catch (error) {
          expect(error).toBeInstanceOf(NotSendable);
          return;
        }
        expect(sent).toMatch({ name: /^[a-zA-Z\u00c0-\u017e\u0189 \-'.,]{1,80}$/, text: /^[a-zA-Z\u00c0-\u017e\u01890-9 \-'.,]{1,80}$/, place: /^[a-zA-Z\u00c0-\u017e\u01890-9 \-'.,/()]{1,80}$/ }[of]);
        expect(sendableText('campo', sent, of)).toBe(sent);
      }),
    );
  });

  it('as a question is read back from its envelope', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ABCXYZÀÈÌÒÙŁŞ\'-.,'), minLength: 1, maxLength: 30 });
    const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }).map((at) => at.toISOString().slice(0, 10));
    fc.assert(
      fc.property(part, part, day, fc.constantFrom('M', 'F'), fc.constantFrom('nazionale', 'residenti'), (cognome, nome, dataNascita, sesso, territorio) => {
        const domanda: Domanda3002 = {
          idOperazione: OPERATION,
          comuneIstat: OWN,
          comune: { nome: 'COMUNE DI ESEMPIO', codiceIstat: OWN, provincia: 'ZZ' },
          dataOra: '2026-01-20T10:15:30.120+01:00',
          tipoInvio: 'TEST',
          applicativo: { nome: 'GeRes', versione: '1.0', fornitore: 'GeRes' },
          criteri: { cognome, nome, sesso, dataNascita, luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } },
          sezioni: ['2', '27', '28'],
          dataRiferimento: '2026-01-20',
          territorio,
        };
        const request = at(treeOf(envelope(buildRichiesta3002(domanda))), 'Body', 'Richiesta3002');
        const criteri = at(request, 'criteriRicerca');
        expect([text(criteri, 'cognome'), text(criteri, 'nome'), text(criteri, 'sesso'), text(at(request, 'datiNascita'), 'dataEvento')]).toEqual([cognome, nome, sesso, dataNascita]);
        expect(text(at(request, 'datiRichiesta'), 'ricercaNazionale')).toBe(territorio === 'nazionale' ? '1' : '0');
      }),
    );
  });
});

/** Answers of every kind, to be spoilt. */
const ANSWERS = [
  answer([card({ idANPR: 'ZZ00001X6', validitaCF: '1', sezioni: residence() + residence({ tipo: '10' }) })], { warnings: errore('EC056', 'avviso', 'W') }),
  answer([card({ sezioni: cancelled('3', '2021-09-01') }), card({ sezioni: residence({ istat: '999002' }) + died('2023-02-11') })]),
  answer([card({ codiceFiscale: 'SNTPRV85C55H50MZ', aire: true, luogo: comuneXml('001001', 'TORINO', 'TO') })]),
  answer([]),
  refusal(errore('EN527') + errore('EN122')),
  fault('Rejected by policy. (from client)'),
];

type Spoil = (xml: string) => string;
const place = fc.nat(999).map((thousandths) => thousandths / 1000);
const cutAt = (xml: string, where: number): number => Math.floor(where * xml.length);

/** Bytes lost, repeated or put in. */
const bytes: fc.Arbitrary<Spoil> = fc.oneof(
  place.map((from): Spoil => (xml) => xml.slice(0, cutAt(xml, from))),
  fc.tuple(place, fc.nat(60)).map(([from, length]): Spoil => (xml) => xml.slice(0, cutAt(xml, from)) + xml.slice(cutAt(xml, from) + length)),
  fc.tuple(place, fc.nat(200)).map(([from, length]): Spoil => (xml) => xml.slice(0, cutAt(xml, from) + length) + xml.slice(cutAt(xml, from))),
  fc
    .tuple(place, fc.oneof(fc.constantFrom('<', '>', '&', '&x;', '&#0;', '<!DOCTYPE a>', '<![CDATA[', ']]>', '<!--', '<a>', '</a>', '\u0000', '<?x?>', '\uFEFF'), fc.string({ maxLength: 20 })))
    .map(([from, added]): Spoil => (xml) => xml.slice(0, cutAt(xml, from)) + added + xml.slice(cutAt(xml, from))),
);

/** One of the elements that hold text becomes something else: another text, twice itself, nothing. */
const elements: fc.Arbitrary<Spoil> = fc
  .tuple(place, fc.oneof(fc.constantFrom('', '1', '01', '9', '-1', '9'.repeat(40), '0000-00-00', '2020-01-31+01:00', 'S', 'constructor', 'twice', 'gone'), xmlText))
  .map(([which, value]): Spoil => (xml) => {
    const found = [...xml.matchAll(/<(\w+)>[^<>]*<\/\1>/g)];
    const one = found[Math.floor(which * found.length)];
    if (one === undefined) return xml;
    const [whole, name = ''] = one;
    const instead = value === 'gone' ? '' : value === 'twice' ? whole + whole : `<${name}>${escaped(value)}</${name}>`;
    return xml.slice(0, one.index) + instead + xml.slice(one.index + whole.length);
  });

const readable = (xml: string): Risposta3002 | undefined => {
  try {
    return parseRisposta3002(xml);
  } catch (error) {
    if (error instanceof RispostaIllegibile) return undefined;
    throw error;
  }
};

describe('whatever arrives', () => {
  it('as any text is read or cannot be read, and nothing else', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 }).map((sent) => Buffer.from(sent).toString('latin1')), fc.string({ unit: fc.constantFrom(...'<>/&;"\'=!?[]-ab \n'), maxLength: 200 })), (xml) => void readable(xml)), { numRuns: 500 });
  });

  const spoilt = (how: fc.Arbitrary<Spoil>) => fc.tuple(fc.constantFrom(...ANSWERS), fc.array(how, { minLength: 1, maxLength: 4 })).map(([whole, spoils]) => spoils.reduce((xml, spoil) => spoil(xml), whole));

  it('as an answer whose bytes were spoilt is read or cannot be read, and nothing else', () => {
    fc.assert(
      fc.property(spoilt(bytes), (xml) => {
        const risposta = readable(xml);
        if (risposta) normalise(risposta, question);
      }),
      { numRuns: 1000 },
    );
  });

  it('as an answer with other values in it is told in the shape that is promised, and only about the person asked', () => {
    let told = 0;
    fc.assert(
      fc.property(spoilt(elements), (xml) => {
        const risposta = readable(xml);
        if (risposta === undefined) return;
        const normalised = normalise(risposta, question);
        expect(normalised.anprOperationId ?? '0').toMatch(/^\d{1,30}$/);
        if (normalised.kind === 'failed') {
          expect(normalised.detail).toMatch(/^[0-9A-Za-z-]{1,60}$/);
          return;
        }
        for (const person of normalised.soggetti) {
          told += 1;
          Persona.parse(person);
          // Another card of hers may carry another codice fiscale: only where one idANPR binds them, and it is said.
          if (person.codiceFiscale !== CODICE_FISCALE) expect(normalised.avvertenze.map(({ codice }) => codice)).toContain('codice-fiscale-cambiato');
          expect(risposta.kind === 'ok' && risposta.testata.idOperazioneComune).toBe(OPERATION);
        }
      }),
      { numRuns: 1000 },
    );
    expect(told).toBeGreaterThan(50);
  });
});
