import { LookupRequest } from '@geres/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRichiestaE002 } from '../protocol/pdnd/index.js';
import { buildRichiesta3002 } from '../protocol/soap/index.js';
import { at, text, treeOf } from '../protocol/soap/tree.js';
import { declaredOf } from './declared.js';
import { senderOf } from './sender.js';

const NOW = new Date('2026-01-20T09:15:30.120Z');

/** Names as people type them, and signs that ANPR does not take. */
const letters = fc.string({ unit: fc.oneof({ arbitrary: fc.constantFrom(...'ABCDEÀÈŞșȚẞƏ’\'-. ,ñüŁđ'), weight: 20 }, fc.constantFrom(...'Ж李α2/()×\u0000\n'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), minLength: 1, maxLength: 30 });
const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2025-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const born = fc.tuple(day, fc.constantFrom(4, 7, 10)).map(([date, length]) => date.slice(0, length));
const either = (name: 'cognome' | 'nome') => fc.oneof({ arbitrary: letters.map((value) => ({ [name]: value })), weight: 9 }, fc.constant({ [name === 'nome' ? 'senzaNome' : 'senzaCognome']: true }));
const place = fc.oneof(
  letters.map((nome) => ({ comune: { nome, provincia: 'RM' } })),
  fc.tuple(letters, letters).map(([stato, localita]) => ({ estero: { codiceStato: '201', stato, localita } })),
);
const generalita = fc.tuple(either('cognome'), either('nome'), fc.constantFrom('M', 'F'), born, place).map(([cognome, nome, sesso, dataNascita, luogoNascita]) => ({ ...cognome, ...nome, sesso, dataNascita, luogoNascita }));
const address = fc.oneof(
  fc.tuple(letters, letters, letters, fc.stringMatching(/^\d{1,6}$/)).map(([nome, specie, denominazione, numero]) => ({ comune: { nome, provincia: 'RM' }, toponimo: { specie, denominazione }, numeroCivico: { numero, interno: '4' } })),
  fc.tuple(letters, letters).map(([stato, indirizzo]) => ({ estero: { codiceStato: '201', stato, indirizzo } })),
);
const pratica = fc.string({ unit: fc.oneof(fc.constantFrom(...'AB12/ -.'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), minLength: 1, maxLength: 30 });

/** Every leaf of what is sent over pdnd is text, and none is empty. */
const leaves = (value: unknown): readonly unknown[] => (typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value]);

describe('whatever the door lets in', () => {
  it('of a person can be asked over both channels, and says the same over both', () => {
    let sent = 0;
    fc.assert(
      fc.property(generalita, pratica, (soggetto, reference) => {
        const parsed = LookupRequest.safeParse({ servizio: 'residenza', soggetto, motivo: 'TRIB-01', pratica: reference });
        if (!parsed.success) return;
        sent += 1;
        const { soggetto: criteri } = parsed.data;
        const xml = buildRichiesta3002({ ...senderOf({ operationId: 'A1', senderCode: '999001', environment: 'test', now: NOW }), comune: { nome: 'X', codiceIstat: '999001', provincia: 'ZZ' }, criteri, sezioni: ['2'], dataRiferimento: '2026-01-20', territorio: 'nazionale' });
        const json = JSON.parse(buildRichiestaE002({ casoUso: 'C020', idOperazione: '1', criteri, dataRiferimento: '2026-01-20', oggi: '2026-01-20', motivo: parsed.data.pratica! }).toString());
        const request = treeOf(xml);
        const names = at(request, 'criteriRicerca');
        for (const name of ['cognome', 'senzaCognome', 'nome', 'senzaNome', 'sesso']) expect(json.criteriRicerca[name]?.trim()).toBe(text(names, name));
        for (const name of ['dataEvento', 'senzaGiorno', 'senzaGiornoMese']) expect(json.criteriRicerca.datiNascita[name]).toBe(text(at(request, 'datiNascita'), name));
        expect(leaves(json).every((leaf) => typeof leaf === 'string' && leaf !== '')).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(sent).toBeGreaterThan(100);
  });

  it('of a declaration can be verified', () => {
    let sent = 0;
    fc.assert(
      fc.property(fc.oneof(generalita.map((declared) => ({ servizio: 'generalita', dichiarati: { generalita: declared } })), address.map((residenza) => ({ servizio: 'residenza', dichiarati: { residenza } }))), ({ servizio, dichiarati }) => {
        const parsed = LookupRequest.safeParse({ servizio, modalita: 'verifica', soggetto: { idANPR: 'ZZ00000ZZ' }, dichiarati, motivo: 'TRIB-01' });
        if (!parsed.success) return;
        sent += 1;
        const casoUso = servizio === 'generalita' ? 'C003' : 'C008';
        const json = JSON.parse(buildRichiestaE002({ casoUso, idOperazione: '1', criteri: { idANPR: 'ZZ00000ZZ' }, dichiarati: declaredOf(parsed.data), dataRiferimento: '2026-01-20', oggi: '2026-01-20', motivo: 'P/1' }).toString());
        expect(Object.keys(json.verifica)).toEqual([servizio]);
        expect(leaves(json).every((leaf) => typeof leaf === 'string' && leaf !== '')).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(sent).toBeGreaterThan(100);
  });
});
