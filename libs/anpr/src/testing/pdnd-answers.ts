/** Answers of the e-services as ANPR writes them, with synthetic people: a spec says only what matters to it. */
export const ID_ANPR = 'ZZ00000ZZ';
export const CODICE_FISCALE = 'SNTPRV85C55H501U';
export const OWN = '999001';
export const ELSEWHERE = '999002';

export const comuneJson = (codiceIstat = OWN) => ({ nomeComune: 'COMUNE DI ESEMPIO', codiceIstat, siglaProvinciaIstat: 'ZZ' });

export const generalita = (changes: object = {}) => ({
  codiceFiscale: { codFiscale: CODICE_FISCALE, validitaCF: '1' },
  cognome: 'SINTETICI',
  nome: 'PROVA',
  sesso: 'F',
  dataNascita: '1985-03-15',
  luogoNascita: { comune: comuneJson('058091') },
  ...changes,
});

export const residenza = (codiceIstat = OWN, changes: object = {}) => ({
  tipoIndirizzo: '1',
  indirizzo: { cap: '00183', comune: comuneJson(codiceIstat), toponimo: { specie: 'VIA', denominazioneToponimo: 'DELLE PROVE' }, numeroCivico: { numero: '7', lettera: 'B', civicoInterno: { interno1: '4' } } },
  dataDecorrenzaResidenza: '2020-02-02',
  ...changes,
});

/** `datiSoggetto` of PROVA SINTETICI, with the blocks that an e-service adds. */
export const soggetto = (blocks: object = {}) => ({ generalita: generalita(), identificativi: { idANPR: ID_ANPR }, ...blocks });

export const info = (id: string, chiave: string, valore: string, changes: object = {}) => ({ id, chiave, valore, ...changes });
export const alive = (valore: string) => ({ infoSoggettoEnte: [info('1003', 'Verifica esistenza in vita', valore)] });

export const ok = (soggetti: readonly object[], more: object = {}) => ({ idOperazioneANPR: '900000000001', listaSoggetti: { datiSoggetto: soggetti }, ...more });
export const errore = (codice: string, testo: string, tipo = 'E') => ({ codiceErroreAnomalia: codice, tipoErroreAnomalia: tipo, testoErroreAnomalia: testo });
export const ko = (...listaErrori: readonly object[]) => ({ idOperazioneANPR: '900000000002', listaErrori });
export const frontEnd = (status: number, title: string) => ({
  type: `https://govway.org/handling-errors/${status}/${title}.html`,
  title,
  status,
  detail: 'as GovWay says it',
  govway_id: '6c1f0d9e-1111-4111-8111-000000000001',
});
export const CODE_WARNING = errore('EN148', 'La ricerca per codice fiscale non è conforme', 'W');
