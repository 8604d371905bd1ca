export { classify, faultOf, type Classe, type Fault } from './classify.js';
export type { Normalised } from '../outcomes.js';
export { normalise, type Question } from './normalise.js';
export { buildRichiesta3002, buildTestConn, envelope, type Anagrafici, type Criteri, type Domanda3002 } from './request.js';
export { isConnectionAnswer, parseRisposta3002, type Errore, type Risposta3002, type Testata } from './response.js';
export { NotSendable } from './text.js';
export { RispostaIllegibile } from './tree.js';
