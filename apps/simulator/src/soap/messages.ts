import type { Type } from './schema.js';
import { RICHIESTA_3002, RICHIESTA_CONNESSIONE } from './schema-3002.js';
import { RICHIESTA_7001, RICHIESTA_7003 } from './schema-7001.js';

/** A request that an address answers: the root element by which it is known, and what its header must say. */
export interface Message {
  readonly root: string;
  readonly operation: '3002' | 'OP01' | '7001' | '7003';
  readonly schema: Type;
}

/** One of ANPR's web services (soap.md §1.1). */
export interface Service {
  readonly path: string;
  readonly namespace: string;
  /** The official schema of its messages. */
  readonly xsd: string;
  readonly messages: readonly Message[];
  /** The operations of the family that ANPR has and this simulator does not, by the root of their requests. */
  readonly unsupported?: RegExp;
}

export const SERVICES: readonly Service[] = [
  {
    path: '/ANPR3000ServiziConsultazione/AnprService3000',
    namespace: 'http://sogei.it/ANPR/3000consultazione',
    xsd: '3000consultazione.xsd',
    messages: [{ root: 'Richiesta3002', operation: '3002', schema: RICHIESTA_3002 }],
    unsupported: /^Richiesta(300[1345678])$/,
  },
  {
    path: '/ANPR7001ServizioScaricoTabelle/AnprService7001',
    namespace: 'http://sogei.it/ANPR/7001scaricoTabelle',
    xsd: '7001scaricoTabelle.xsd',
    messages: [{ root: 'Richiesta7001', operation: '7001', schema: RICHIESTA_7001 }, { root: 'Richiesta7003', operation: '7003', schema: RICHIESTA_7003 }],
    unsupported: /^Richiesta(7002)$/,
  },
  {
    path: '/ANPRTestConn/TestConn',
    namespace: 'http://sogei.it/ANPR/connessione',
    xsd: 'connessione.xsd',
    messages: [{ root: 'RichiestaConnessione', operation: 'OP01', schema: RICHIESTA_CONNESSIONE }],
  },
];
