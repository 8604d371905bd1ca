import type { Behaviour, BirthPlace, Card, Cohabitation, Family, ItalianAddress, Residence } from './card.js';
import { codiceFiscale, provisional } from './codice-fiscale.js';
import { catastale } from './generate.js';
import { idAnpr } from './id-anpr.js';
import { firstName, surname } from './names.js';
import { ALBANIA, BOLOGNA, CONSULATES, ELSEWHERE, ITALIA, L_AQUILA, MATERA, PERU, ROMA, type Comune } from './places.js';
import { random } from './random.js';

const FIRST_CARD = 900_000_000;
const FIRST_FAMILY = 99_000_000;
const MILANO = ELSEWHERE[0] ?? ROMA;

/** What of a person differs from an ordinary resident of Roma. Everything here is part of the person's codice fiscale or does not change it. */
type Variation = Partial<Omit<Card, 'id' | 'idANPR' | 'caso'>> & {
  /** Cards of one person carry one number; each other person has her own. */
  readonly persona: number;
  readonly caso?: string;
  readonly omocodia?: number;
};

const born = (comune: Comune): BirthPlace => ({ comune });
const family = (id: number, aire = false): Family => ({ id: FIRST_FAMILY + id, origine: '2015-05-04', aire });

function home(comune: Comune, changes: Partial<ItalianAddress> = {}, rest: { tipo?: string; presso?: string; note?: string; decorrenza?: string } = {}): Residence {
  const italia: ItalianAddress = { comune, cap: comune.cap, codSpecie: '213', specie: 'VIA', toponimo: 'DELLE PROVE TECNICHE', civico: { numero: '7', lettera: 'B', scala: 'A', interno: '12', piano: '3' }, ...changes };
  return { tipo: '1', decorrenza: '2019-06-01', italia, ...rest };
}

const ABROAD_HOME: Residence = { tipo: '4', decorrenza: '2010-05-01', estero: { consolato: CONSULATES[0], denominazione: 'RUE DES ESSAIS', numeroCivico: '22' } };

/** So many that an answer about all of them is long: convivenze of 500 to 800 people are known to time out. */
const GUESTS = 699;
const FIRST_GUEST = 1_000;

const REST_HOME: Family = { ...family(42), convivenza: { specie: '3', denominazione: 'CASA DI RIPOSO DELLE PROVE' } };
const REST_HOME_ADDRESS = home(ROMA, { toponimo: 'DEL LUNGO COLLAUDO', civico: { numero: '100' } }, { presso: 'CASA DI RIPOSO DELLE PROVE' });
const CONVENT: Family = { ...family(46), convivenza: { specie: '1', denominazione: 'CONVENTO DEI CAMPIONI' } };
const COHABITATION: Cohabitation = {
  convivente: { cognome: 'PATTUITI', nome: 'ACCORDO', sesso: 'M', dataNascita: '1985-04-03' }, data: '2019-05-10', dataContratto: '2019-06-20',
  contratto: Buffer.from('%PDF-1.4\nContratto di convivenza sintetico, senza valore.\n%%EOF\n').toString('base64'),
};

const VARIATIONS: readonly Variation[] = [
  { persona: 1, caso: 'residente', cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15' },
  { persona: 2, caso: 'residente in altro Comune', cognome: 'ESEMPIANI', nome: 'CAMPIONE', dataNascita: '1972-11-03', luogoNascita: born(MILANO), competente: MILANO },
  { persona: 3, caso: 'trasferito: scheda cancellata e scheda attiva', cognome: 'TRASFERITI', nome: 'MODELLO', dataNascita: '1979-07-21', cancellazione: { motivo: '3', data: '2021-09-01', destinazione: BOLOGNA } },
  { persona: 3, cognome: 'TRASFERITI', nome: 'MODELLO', dataNascita: '1979-07-21', competente: BOLOGNA, residenze: [home(BOLOGNA, {}, { decorrenza: '2021-09-01' })] },
  { persona: 4, caso: 'deceduto', cognome: 'FITTIZI', nome: 'SAGGIO', dataNascita: '1938-01-30', statoCivile: '3', cancellazione: { motivo: '1', data: '2023-02-11' }, decesso: { data: '2023-02-11', comune: ROMA } },
  { persona: 5, caso: 'cancellato per emigrazione', cognome: 'EMIGRANTI', nome: 'FINTA', sesso: 'F', dataNascita: '1990-10-09', cancellazione: { motivo: '5', data: '2022-04-20' }, cittadinanza: ALBANIA, luogoNascita: { estero: { stato: ALBANIA, localita: 'TIRANA' } } },
  { persona: 6, caso: 'cancellato per irreperibilità', cognome: 'INTROVABILI', nome: 'TESTO', dataNascita: '1966-12-24', cancellazione: { motivo: '6', data: '2020-01-15' } },
  { persona: 7, caso: 'AIRE con indirizzo estero e consolato', cognome: 'ESPATRIATI', nome: 'ESTERA', sesso: 'F', dataNascita: '1970-08-17', famiglia: family(7, true), annoEspatrio: '2001', residenze: [{ tipo: '4', decorrenza: '2001-09-30', estero: { consolato: CONSULATES[0], denominazione: 'RUE DES ESSAIS', numeroCivico: '10/A' } }] },
  { persona: 8, caso: 'due residenze', cognome: 'DOPPIETTI', nome: 'COLLAUDA', sesso: 'F', dataNascita: '1981-05-05', residenze: [home(ROMA), home(ROMA, { toponimo: 'DELLE PROVE RINNOVATE' }, { tipo: '10', decorrenza: '2024-02-01' })] },
  { persona: 9, caso: 'senza fissa dimora', cognome: 'VAGANTINI', nome: 'PROVO', dataNascita: '1959-02-02', senzaFissaDimora: true, residenze: [home(ROMA, { toponimo: 'DELLA CASA COMUNALE', civico: { numero: '1' } }, { note: 'Senza fissa dimora' })] },
  { persona: 10, caso: 'senza cognome', cognome: undefined, nome: 'ESEMPIO', dataNascita: '1988-06-18', luogoNascita: { estero: { stato: PERU, localita: 'LIMA' } }, cittadinanza: PERU },
  { persona: 11, caso: 'giorno di nascita ignoto', cognome: 'IGNOTINI', nome: 'PROTOTIPO', dataNascita: '1955-07-01', ignoto: 'giorno' },
  { persona: 12, caso: 'giorno e mese di nascita ignoti', cognome: 'IGNOTINI', nome: 'BOZZA', sesso: 'F', dataNascita: '1961-01-01', ignoto: 'giorno-mese', luogoNascita: { estero: { stato: ALBANIA, localita: 'TIRANA' } } },
  { persona: 13, caso: 'nascita all’estero', cognome: 'LONTANETTI', nome: 'CAMPIONA', sesso: 'F', dataNascita: '1993-04-27', luogoNascita: { estero: { stato: PERU, localita: 'LIMA' } } },
  { persona: 14, caso: 'apostrofo, accenti e nomi doppi', cognome: "D'ESEMPIÒ-SAGGÌNI", nome: 'MARÌA PROVÀ', sesso: 'F', dataNascita: '1977-09-12', luogoNascita: born(L_AQUILA), residenze: [home(ROMA, { toponimo: "DELL'ESEMPIO" }, { presso: "COMUNITA' DI PROVA" })] },
  { persona: 15, caso: 'omocodia', cognome: 'SINTETICI', nome: 'PARVA', sesso: 'F', dataNascita: '1985-03-15', omocodia: 1 },
  { persona: 16, caso: 'codice fiscale provvisorio numerico', cognome: 'PROVVISORI', nome: 'ABBOZZO', dataNascita: '2024-12-01', codiceFiscale: provisional(9_900_000_001), validitaCF: '9', luogoNascita: { estero: { stato: ALBANIA, localita: 'TIRANA' } }, cittadinanza: ALBANIA },
  { persona: 17, caso: 'codice fiscale non validato', cognome: 'DUBBIOSI', nome: 'VERIFICA', sesso: 'F', dataNascita: '1996-01-08', validitaCF: '9' },
  { persona: 18, caso: 'generalità uguali a un’altra persona (prima)', cognome: 'GEMELLINI', nome: 'UGUALE', dataNascita: '1980-02-29' },
  { persona: 19, caso: 'generalità uguali a un’altra persona (seconda)', cognome: 'GEMELLINI', nome: 'UGUALE', dataNascita: '1980-02-29', omocodia: 1, residenze: [home(ROMA, { toponimo: 'DEI CAMPIONI SINTETICI' })] },
  { persona: 20, caso: 'senza numero civico', cognome: 'CIVICHINI', nome: 'SENZA', dataNascita: '1983-03-03', residenze: [home(ROMA, { civico: { progSNC: '1' } })] },
  { persona: 21, caso: 'indirizzo chilometrico', cognome: 'STRADALINI', nome: 'METRICA', sesso: 'F', dataNascita: '1991-11-19', competente: MATERA, luogoNascita: born(MATERA), residenze: [home(MATERA, { codSpecie: '190', specie: 'STRADA STATALE', toponimo: 'DELLE PROVE', frazione: 'BORGO DEL COLLAUDO', civico: { metrico: '12500' } })] },
  { persona: 22, caso: 'famiglia numerosa', cognome: 'NUMEROSINI', nome: 'CAPOFILA', sesso: 'F', dataNascita: '1968-04-04', statoCivile: '2', famiglia: family(22), legame: '1' },
  { persona: 23, caso: 'famiglia in corso di registrazione (EN214)', cognome: 'REGISTRANDI', nome: 'ATTESA', sesso: 'F', dataNascita: '1994-05-16', comportamento: 'in-registrazione' },
  { persona: 24, caso: 'risposta con avviso', cognome: 'AVVISATI', nome: 'ANOMALO', dataNascita: '1975-10-31', avviso: { codice: 'EC056', testo: 'Comune/provincia di residenza inesistente o non valido alla data di decorrenza residenza' } },
  { persona: 25, caso: 'ANPR non risponde', cognome: 'MUTISMI', nome: 'TACITO', dataNascita: '1969-06-06', comportamento: 'nessuna-risposta' },
  { persona: 26, caso: 'risposta illeggibile', cognome: 'CONFUSINI', nome: 'ROTTA', sesso: 'F', dataNascita: '1974-08-08', comportamento: 'corpo-illeggibile' },
  { persona: 27, caso: 'SOAP Fault', cognome: 'FALLOSINI', nome: 'ERRATA', sesso: 'F', dataNascita: '1982-12-12', comportamento: 'fault' },
  { persona: 28, caso: 'HTTP 500', cognome: 'GUASTINI', nome: 'INTERNO', dataNascita: '1963-03-23', comportamento: 'http-500' },
  { persona: 29, caso: 'risposta con un’altra persona', cognome: 'SCAMBIATI', nome: 'ALTRUI', dataNascita: '1987-07-07', comportamento: 'altra-persona' },
  { persona: 30, caso: 'risposta con un’altra operazione', cognome: 'SCAMBIATI', nome: 'PROTOCOLLA', sesso: 'F', dataNascita: '1989-09-09', comportamento: 'altra-operazione' },
  { persona: 31, caso: 'mascherato (EN493)', cognome: 'MASCHERINI', nome: 'CELATO', dataNascita: '1971-01-17', comportamento: 'mascherato' },
  { persona: 32, caso: 'operatore non abilitato (XXXX)', cognome: 'VIETATINI', nome: 'NEGATA', sesso: 'F', dataNascita: '1976-02-26', comportamento: 'non-abilitato' },
  { persona: 33, caso: 'vedova', cognome: 'SUPERSTITI', nome: 'SOLA', sesso: 'F', dataNascita: '1944-08-22', statoCivile: '3' },
  { persona: 34, caso: 'unione civile', cognome: 'UNITINI', nome: 'ASSIEME', dataNascita: '1984-02-10', statoCivile: '6', famiglia: family(34) },
  { persona: 35, cognome: 'UNITISSIMI', nome: 'INSIEME', dataNascita: '1986-06-11', statoCivile: '6', famiglia: family(34), legame: '28', progressivo: 2 },
  { persona: 36, caso: 'due cittadinanze', cognome: 'CITTADINI', nome: 'BINA', sesso: 'F', dataNascita: '1992-03-28', altraCittadinanza: PERU, luogoNascita: { estero: { stato: PERU, localita: 'LIMA' } } },
  { persona: 37, caso: 'senza nome', cognome: 'MONONIMI', nome: undefined, dataNascita: '1990-01-01', luogoNascita: { estero: { stato: ALBANIA, localita: 'TIRANA' } }, cittadinanza: ALBANIA },
  { persona: 38, caso: 'famiglia AIRE', cognome: 'ESTEROSI', nome: 'CAPOCASA', dataNascita: '1965-10-15', famiglia: family(38, true), annoEspatrio: '2010', residenze: [ABROAD_HOME] },
  { persona: 39, cognome: 'ESTEROSI', nome: 'FIGLIOLA', sesso: 'F', dataNascita: '2008-04-02', famiglia: family(38, true), legame: '3', progressivo: 2, annoEspatrio: '2010', residenze: [ABROAD_HOME] },
  { persona: 40, caso: 'residenza cambiata il 2026-01-15', cognome: 'TRASLOCHI', nome: 'RECENTE', dataNascita: '1978-05-30', residenze: [home(ROMA, { toponimo: 'DEL NUOVO COLLAUDO' }, { decorrenza: '2026-01-15' })] },
  ...relatives(),
  { persona: 41, caso: 'convivenza di fatto con contratto (MTOM)', cognome: 'PATTUITI', nome: 'CONCORDE', sesso: 'F', dataNascita: '1987-09-14', convivenzaDiFatto: COHABITATION },
  { persona: 42, caso: 'convivenza di settecento persone: la responsabile', cognome: 'COMUNITARI', nome: 'DIRETTRICE', sesso: 'F', dataNascita: '1970-03-30', famiglia: REST_HOME, residenze: [REST_HOME_ADDRESS] },
  { persona: 43, caso: 'rifiuto con un elenco di errori vuoto', cognome: 'TACIUTI', nome: 'VUOTA', sesso: 'F', dataNascita: '1979-12-02', comportamento: 'lista-errori-vuota' },
  { persona: 44, caso: 'rifiuto con un codice che nessuna tabella ha (ZZ999)', cognome: 'CODICINI', nome: 'NUOVO', dataNascita: '1973-11-27', comportamento: 'codice-ignoto' },
  { persona: 45, caso: 'risposta con elementi facoltativi sconosciuti', cognome: 'AGGIUNTI', nome: 'FUTURO', dataNascita: '1995-06-21', comportamento: 'elemento-ignoto' },
  { persona: 46, caso: 'convivenza di tre persone: il responsabile', cognome: 'CONVENTINI', nome: 'PRIORE', dataNascita: '1957-01-08', famiglia: CONVENT },
  { persona: 47, cognome: 'CONVENTINI', nome: 'FRATELLO', dataNascita: '1962-07-19', famiglia: CONVENT, legame: '2', progressivo: 2 },
  { persona: 48, cognome: 'CONVENTINI', nome: 'NOVIZIO', dataNascita: '2001-02-23', famiglia: CONVENT, legame: '2', progressivo: 3 },
  ...guests(),
];

/** Who lives in the rest home: each day of birth is of one of them only, and so is the codice fiscale. */
function guests(): Variation[] {
  const next = random(REST_HOME.id);
  return Array.from({ length: GUESTS }, (_, i): Variation => {
    const sesso = i % 3 === 0 ? 'M' : 'F';
    const dataNascita = new Date(Date.UTC(1925, 0, 1 + i * 13)).toISOString().slice(0, 10);
    return { persona: FIRST_GUEST + i, cognome: surname(next), nome: firstName(next, sesso), sesso, dataNascita, famiglia: REST_HOME, residenze: [REST_HOME_ADDRESS], legame: '2', progressivo: i + 2 };
  });
}

/** Eleven relatives of the head of the numerous family. */
function relatives(): Variation[] {
  const spouse: Variation = { persona: 100, cognome: 'ESEMPIANI', nome: 'CONSORTE', dataNascita: '1966-02-14', statoCivile: '2', famiglia: family(22), legame: '2', progressivo: 2 };
  const names = ['PRIMO', 'SECONDO', 'TERZO', 'QUARTO', 'QUINTO', 'SESTO', 'SETTIMO', 'OTTAVO', 'NONO', 'DECIMO'];
  return [spouse, ...names.map((nome, i): Variation => ({ persona: 101 + i, cognome: 'NUMEROSINI', nome, dataNascita: `${String(1992 + i * 2)}-05-2${String(i)}`, famiglia: family(22), legame: '3', progressivo: i + 3 }))];
}

function card(variation: Variation, index: number): Card {
  const { persona, caso, omocodia, ...changes } = variation;
  const competente = changes.competente ?? ROMA;
  const person = {
    cognome: undefined, nome: undefined, sesso: 'M', dataNascita: '', ignoto: undefined, luogoNascita: born(ROMA), validitaCF: '1', statoCivile: '1', cittadinanza: ITALIA,
    residenze: [home(competente)], famiglia: family(persona), legame: '1', progressivo: 1, annoEspatrio: undefined, senzaFissaDimora: false, cancellazione: undefined,
    decesso: undefined, avviso: undefined, comportamento: undefined as Behaviour | undefined, ...changes, competente,
  } as const;
  const luogo = catastale(person.luogoNascita);
  return { ...person, id: FIRST_CARD + index, idANPR: idAnpr('ZY', persona), codiceFiscale: changes.codiceFiscale ?? codiceFiscale({ ...person, luogo }, omocodia), caso };
}

/**
 * The people with whom the awkward answers of ANPR can be had on purpose. They are the same in every simulator: neither the
 * seed nor the number of generated people changes them. Those without `caso` are their relatives and second cards.
 */
export const CASES: readonly Card[] = VARIATIONS.map(card);
