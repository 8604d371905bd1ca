import { enveloped } from './fault.js';
import type { Card } from '../people/card.js';
import { anomaly, answerHeader, type RequestHeader } from './header.js';
import type { Outcome } from './search.js';
import { cohabitants, EVERYTHING, subject, syntheticSubject } from './sections.js';

const OPEN = '<ns:Risposta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione">';
const CLOSE = '</ns:Risposta3002>';

/** `Risposta3002_OK` in the order of the schema. More than one person: the synthetic answer; one person with several cards: all of them. */
export function answered(outcome: Extract<Outcome, { kind: 'found' }>, header: RequestHeader, idOperazioneANPR: number, unknownElements: boolean): string {
  const { cards, sections, spoilt } = outcome;
  const several = cards.some(({ idANPR }) => idANPR !== cards[0]?.idANPR);
  const echo = spoilt === 'other-operation' ? { ...header, idOperazioneComune: another(header.idOperazioneComune) } : header;
  const subjects = cards.map((card) => (several ? syntheticSubject(card) : subject(card, sections))).join('');
  const warnings = cards.map(({ avviso }) => (avviso ? anomaly(avviso.codice, 'W', avviso.testo) : '')).join('');
  const xml = found(`${answerHeader(echo, idOperazioneANPR, '0000')}<listaSoggetti>${subjects}</listaSoggetti>${warnings ? `<listaAnomalie>${warnings}</listaAnomalie>` : ''}`, unknownElements || spoilt === 'unknown-elements');
  return spoilt === 'cut-short' ? xml.slice(0, Math.floor(xml.length / 2)) : xml;
}

/** The same for a search by family or convivenza: complete members of the first, synthetic ones of the second (change log of ANPR 5.0.1), and what they have in common. */
export function answeredFamily(cards: readonly Card[], header: RequestHeader, idOperazioneANPR: number, unknownElements: boolean): string {
  const convivenza = cards[0]?.famiglia.convivenza !== undefined;
  const subjects = cards.map((card) => (convivenza ? syntheticSubject(card) : subject(card, COMPLETE))).join('');
  return found(`${answerHeader(header, idOperazioneANPR, '0000')}<listaSoggetti>${subjects}</listaSoggetti>${cohabitants(cards)}`, unknownElements);
}

const COMPLETE: ReadonlySet<number> = new Set([EVERYTHING]);

/** With `unknownElements` also some that no schema of today has: a minor release may add optional ones. */
function found(content: string, unknownElements: boolean): string {
  const xml = enveloped(`${OPEN}<ns:Risposta3002_OK>${content}</ns:Risposta3002_OK>${CLOSE}`);
  return unknownElements ? xml.replaceAll('</generalita>', '<nuovoDato>1</nuovoDato></generalita>').replaceAll('</datiSoggetto>', '<nuovaSezione><valore>S</valore></nuovaSezione></datiSoggetto>') : xml;
}

/** A different id of the same form. */
function another(id: string): string {
  return id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
}
