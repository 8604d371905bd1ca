import { buildTestConn, parseRispostaConnessione, type Testata } from '../protocol/soap/index.js';
import { callService, type Called, type ServicePorts } from './service-call.js';

/** Whether ANPR answers this Comune: goes through the network, TLS and the signature, and asks about nobody. */
export const testConn = (ports: ServicePorts): Promise<Called<{ readonly testata: Testata }>> => callService(ports, { service: 'TestConn', build: buildTestConn, parse: ({ xml }) => parseRispostaConnessione(xml) });
