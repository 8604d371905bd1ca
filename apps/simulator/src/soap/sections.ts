import type { BirthPlace, Card, Cohabitation, Residence } from '../people/card.js';
import type { Comune, State } from '../people/places.js';
import { element } from './xml.js';

/** Codes of table 16 for which a synthetic person has data. Code 1 (everything) is all of them. */
export const SECTIONS = { generalita: 2, statoCivile: 3, attributiSoggetto: 4, cittadinanza: 6, residenza: 10, legameSoggetto: 21, famigliaConvivenza: 22, datiCancellazione: 27, datiDecesso: 28, destinazione: 30 } as const;
export const EVERYTHING = 1;

/** What is disclosed whatever was asked, once more than one person was found (change log of ANPR 5.0.0). */
const SYNTHETIC: ReadonlySet<number> = new Set([SECTIONS.residenza, SECTIONS.legameSoggetto, SECTIONS.famigliaConvivenza, SECTIONS.datiCancellazione]);

/** `datiSoggetto` in the order of the schema, limited to the section codes that were asked. */
export function subject(card: Card, asked: ReadonlySet<number>): string {
  const wants = (code: number): boolean => asked.has(code) || asked.has(EVERYTHING);
  return `<datiSoggetto><identificativi><idANPR>${card.idANPR}</idANPR></identificativi>${sections(card, wants)}</datiSoggetto>`;
}

/** The short form of the same, without the national id. */
export function syntheticSubject(card: Card): string {
  return `<datiSoggetto>${sections(card, (code) => SYNTHETIC.has(code))}</datiSoggetto>`;
}

function sections(card: Card, wants: (code: number) => boolean): string {
  let xml = generalities(card);
  if (wants(SECTIONS.statoCivile)) xml += `<statoCivile><statoCivile>${card.statoCivile}</statoCivile></statoCivile>`;
  if (wants(SECTIONS.attributiSoggetto)) xml += `<attributiSoggetto><senzaFissaDimora>${card.senzaFissaDimora ? 'S' : 'N'}</senzaFissaDimora><soggettoCertificabile>2</soggettoCertificabile></attributiSoggetto>`;
  if (wants(SECTIONS.cittadinanza)) for (const one of [card.cittadinanza, card.altraCittadinanza]) if (one) xml += `<cittadinanza>${state(one)}</cittadinanza>`;
  if (wants(SECTIONS.residenza)) for (const residence of card.residenze) xml += residenceOf(residence, card);
  // No code is known for it: it comes with everything.
  if (wants(EVERYTHING) && card.convivenzaDiFatto) xml += cohabitation(card.convivenzaDiFatto, card);
  if (wants(SECTIONS.legameSoggetto)) xml += `<legameSoggetto><tipoLegame>${kind(card)}</tipoLegame><dataDecorrenza>${date(card.famiglia.origine, card)}</dataDecorrenza><codiceLegame>${card.legame}</codiceLegame><progressivoComponente>${String(card.progressivo)}</progressivoComponente></legameSoggetto>`;
  if (wants(SECTIONS.famigliaConvivenza)) xml += family(card);
  if (wants(SECTIONS.datiCancellazione) && card.cancellazione) xml += `<datiCancellazione><motivoCancellazione>${card.cancellazione.motivo}</motivoCancellazione><dataDecorrenzaCancellazione>${date(card.cancellazione.data, card)}</dataDecorrenzaCancellazione></datiCancellazione>`;
  if (wants(SECTIONS.datiDecesso) && card.decesso) xml += `<datiDecesso><dataEvento>${date(card.decesso.data, card)}</dataEvento><luogoEvento><comune>${comuneOf(card.decesso.comune)}</comune></luogoEvento></datiDecesso>`;
  if (wants(SECTIONS.destinazione) && card.cancellazione?.destinazione) xml += `<destinazione><comune>${comuneOf(card.cancellazione.destinazione)}</comune></destinazione>`;
  return xml;
}

function generalities(card: Card): string {
  const id = String(card.id);
  return (
    `<generalita><codiceFiscale><codFiscale>${card.codiceFiscale}</codFiscale><validitaCF>${card.validitaCF}</validitaCF></codiceFiscale>` +
    `${card.cognome === undefined ? '<senzaCognome>1</senzaCognome>' : element('cognome', card.cognome)}${card.nome === undefined ? '<senzaNome>1</senzaNome>' : element('nome', card.nome)}` +
    `<sesso>${card.sesso}</sesso><dataNascita>${date(card.dataNascita, card)}</dataNascita>${unknown(card)}<luogoNascita>${birthPlace(card.luogoNascita)}</luogoNascita>` +
    `${card.annoEspatrio === undefined ? '' : `<soggettoAIRE>S</soggettoAIRE><annoEspatrio>${card.annoEspatrio}</annoEspatrio>`}` +
    `<idSchedaSoggettoComune><idSchedaSoggettoComuneIstat>${card.competente.codiceIstat}</idSchedaSoggettoComuneIstat><idSchedaSoggetto>S-${id}</idSchedaSoggetto></idSchedaSoggettoComune>` +
    `<idSchedaSoggettoANPR>${id}</idSchedaSoggettoANPR></generalita>`
  );
}

function unknown({ ignoto }: Card): string {
  switch (ignoto) {
    case undefined:
      return '';
    case 'giorno':
      return '<senzaGiorno>1</senzaGiorno>';
    case 'giorno-mese':
      return '<senzaGiornoMese>1</senzaGiornoMese>';
    default:
      return ignoto satisfies never;
  }
}

function birthPlace(place: BirthPlace): string {
  if ('comune' in place) return `<comune>${comuneOf(place.comune)}</comune>`;
  return `<localita>${locality(place.estero.localita, place.estero.stato)}</localita>`;
}

function residenceOf(residence: Residence, card: Card): string {
  const where = 'italia' in residence ? italianAddress(residence.italia) : foreignAddress(residence.estero);
  return (
    `<residenza><tipoIndirizzo>${residence.tipo}</tipoIndirizzo>${element('noteIndirizzo', residence.note)}${where}${element('presso', residence.presso)}` +
    `<dataDecorrenzaResidenza>${date(residence.decorrenza, card)}</dataDecorrenzaResidenza></residenza>`
  );
}

function italianAddress({ comune, cap, frazione, codSpecie, specie, toponimo, civico }: Extract<Residence, { italia: unknown }>['italia']): string {
  const inside = civico && (element('scala', civico.scala) + element('interno1', civico.interno) + element('piano', civico.piano));
  const number = civico && (element('numero', civico.numero) + element('metrico', civico.metrico) + element('progSNC', civico.progSNC) + element('lettera', civico.lettera) + (inside ? `<civicoInterno>${inside}</civicoInterno>` : ''));
  return (
    `<indirizzo><cap>${cap}</cap><comune>${comuneOf(comune)}</comune>${element('frazione', frazione)}` +
    `<toponimo>${element('codSpecie', codSpecie)}${element('specie', specie)}${element('denominazioneToponimo', toponimo)}</toponimo>${number ? `<numeroCivico>${number}</numeroCivico>` : ''}</indirizzo>`
  );
}

function foreignAddress({ consolato, denominazione, numeroCivico }: Extract<Residence, { estero: unknown }>['estero']): string {
  return (
    `<localitaEstera><indirizzoEstero>${element('cap', consolato.cap)}<localita>${locality(consolato.sede, consolato.stato)}</localita>` +
    `<toponimo>${element('denominazione', denominazione)}${element('numeroCivico', numeroCivico)}</toponimo></indirizzoEstero>` +
    `<consolato><codiceConsolato>${consolato.codice}</codiceConsolato>${element('descrizioneConsolato', consolato.sede)}</consolato></localitaEstera>`
  );
}

function family(card: Card): string {
  const { famiglia, competente } = card;
  const id = String(famiglia.id);
  return (
    `<famigliaConvivenza><idFamigliaConvivenzaComune><idFamigliaConvivenzaComuneIstat>${competente.codiceIstat}</idFamigliaConvivenzaComuneIstat><idFamigliaConvivenza>F${id}</idFamigliaConvivenza></idFamigliaConvivenzaComune>` +
    `<idFamigliaConvivenzaANPR>${id}</idFamigliaConvivenzaANPR><famigliaAire>${famiglia.aire ? 'S' : 'N'}</famigliaAire>` +
    `<dataOrigineFamigliaConvivenza>${date(famiglia.origine, card)}</dataOrigineFamigliaConvivenza>${element('denominazioneConvivenza', famiglia.convivenza?.denominazione)}${element('specieConvivenza', famiglia.convivenza?.specie)}` +
    `<tipoScheda>${kind(card)}</tipoScheda></famigliaConvivenza>`
  );
}

function kind({ famiglia }: Card): string {
  return famiglia.convivenza ? '4' : famiglia.aire ? '5' : '3';
}

/** `datiFamigliaConvivenza`: the address and the number that they have in common, as on the first card. */
export function cohabitants(cards: readonly Card[]): string {
  const [card] = cards;
  const residence = card?.residenze[0];
  return card === undefined ? '' : `<datiFamigliaConvivenza>${residence ? residenceOf(residence, card) : ''}${family(card)}</datiFamigliaConvivenza>`;
}

function cohabitation({ convivente, data, dataContratto, contratto }: Cohabitation, card: Card): string {
  const { cognome, nome, sesso, dataNascita } = convivente;
  return (
    `<convivenzaDiFatto><convivente>${element('cognome', cognome)}${element('nome', nome)}<sesso>${sesso}</sesso><dataNascita>${date(dataNascita, card)}</dataNascita></convivente>` +
    `<contrattoStipula><data>${date(data, card)}</data><dataDocumento>${date(dataContratto, card)}</dataDocumento><documento>${contratto}</documento><estensione>PDF</estensione></contrattoStipula></convivenzaDiFatto>`
  );
}

function comuneOf({ nome, codiceIstat, provincia }: Comune): string {
  return `${element('nomeComune', nome)}<codiceIstat>${codiceIstat}</codiceIstat><siglaProvinciaIstat>${provincia}</siglaProvinciaIstat>`;
}

function state({ nome, codiceStato }: State): string {
  return `${element('descrizioneStato', nome)}<codiceStato>${codiceStato}</codiceStato>`;
}

function locality(nome: string, stato: State): string {
  return `${element('descrizioneLocalita', nome)}${state(stato)}`;
}

/** ANPR writes dates with and without an offset; here one card in four has them with the offset of Rome on that day of the year. */
function date(day: string, { id }: { readonly id: number }): string {
  if (id % 4 !== 3) return day;
  const month = Number(day.slice(5, 7));
  return `${day}${month > 3 && month < 11 ? '+02:00' : '+01:00'}`;
}
