import { enveloped } from './fault.js';
import { anomaly, answerHeader, type RequestHeader } from './header.js';
import type { Outcome } from './search.js';
import { subject, syntheticSubject } from './sections.js';

const OPEN = '<ns:Risposta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione">';
const CLOSE = '</ns:Risposta3002>';

/** `Risposta3002_OK` in the order of the schema. More than one person: the synthetic answer; one person with several cards: all of them. */
export function answered(outcome: Extract<Outcome, { kind: 'found' }>, header: RequestHeader, idOperazioneANPR: number): string {
  const { cards, sections, spoilt } = outcome;
  const several = cards.some(({ idANPR }) => idANPR !== cards[0]?.idANPR);
  const echo = spoilt === 'other-operation' ? { ...header, idOperazioneComune: another(header.idOperazioneComune) } : header;
  const subjects = cards.map((card) => (several ? syntheticSubject(card) : subject(card, sections))).join('');
  const warnings = cards.map(({ avviso }) => (avviso ? anomaly(avviso.codice, 'W', avviso.testo) : '')).join('');
  const xml = enveloped(
    `${OPEN}<ns:Risposta3002_OK>${answerHeader(echo, idOperazioneANPR, '0000')}<listaSoggetti>${subjects}</listaSoggetti>${warnings ? `<listaAnomalie>${warnings}</listaAnomalie>` : ''}</ns:Risposta3002_OK>${CLOSE}`,
  );
  return spoilt === 'cut-short' ? xml.slice(0, Math.floor(xml.length / 2)) : xml;
}

/** A different id of the same form. */
function another(id: string): string {
  return id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
}
