export { classify, faultOf, type Classe, type Fault } from './classify.js';
export type { Normalised } from '../outcomes.js';
export { normalise, type Question } from './normalise.js';
export { PROTOCOL, type Mittente } from './header.js';
export { buildRichiesta3002, envelope, type Anagrafici, type Criteri, type Domanda3002 } from './request.js';
export { parseRisposta3002, parseRispostaConnessione, type Errore, type Rifiuto, type Risposta3002, type Testata } from './response.js';
export { buildRichiesta7001, buildRichiesta7003, buildTestConn, parseRisposta7001, parseRisposta7003, type Risposta7001, type Risposta7003, type Versione } from './services.js';
export { NotSendable } from './text.js';
export { RispostaIllegibile } from './tree.js';
