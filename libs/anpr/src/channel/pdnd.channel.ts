import { rootCertificates } from 'node:tls';
import type { PdndSettings } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { ComuneDirectory } from '@geres/platform/auth';
import type { JWTVerifyGetKey } from 'jose';
import type { Dispatcher } from 'undici';
import { isOperationId, servedBy } from '../protocol/pdnd/index.js';
import { NotSendable } from '../protocol/soap/index.js';
import { Agents } from './agents.js';
import type { AskChannel } from './channel.js';
import { EServices } from './pdnd/e-service.js';
import { failed } from './pdnd/exchange.js';
import type { IdAnprs } from './pdnd/id-anprs.js';
import { journey } from './pdnd/journey.js';
import type { Ledgers } from './pdnd/ledgers.js';
import type { Signer } from './pdnd/signer.js';
import { pdndKeys } from './pdnd/voucher-request.js';

export interface PdndPorts {
  readonly clock: Clock;
  readonly comuni: () => ComuneDirectory;
  /** The key that PDND knows by `kid`. */
  readonly signerOf: (comune: string, kid: string) => Promise<Signer | undefined>;
  /** Calls of the day, of every client. */
  readonly ledgers: Ledgers;
  readonly idAnprs: IdAnprs;
}

export interface PdndChannel extends AskChannel<PdndSettings> {
  /** Lets go of every socket, once what flies over it has ended. */
  close(): Promise<void>;
}

interface Reach {
  readonly settings: PdndSettings;
  readonly dispatcher: Dispatcher;
  readonly keys: JWTVerifyGetKey;
}

const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** The e-services of ANPR over PDND, with the sockets of each Comune apart from those of the others. */
export function pdndChannel(ports: PdndPorts): PdndChannel {
  const agents = new Agents(MAX_ANSWER_BYTES);
  const services = new EServices(ports.clock, ports.ledgers);
  /** What is made once of the settings of a Comune: nobody waits for what another’s say. */
  const all = new Map<string, Reach>();
  const reach = (comune: string, settings: PdndSettings): Reach => {
    const known = all.get(comune);
    if (known?.settings === settings) return known;
    const { tokenEndpoint: endpoint, maxInFlight, ca, jwksUrl } = settings;
    const where = { endpoint, maxInFlight, ...(ca ? { ca: [...rootCertificates, ...ca] } : {}) };
    const dispatcher = agents.of(comune, where);
    const made = { settings, dispatcher, keys: pdndKeys(jwksUrl, dispatcher) };
    all.set(comune, made);
    return made;
  };

  const ask: AskChannel<PdndSettings> = async (question) => {
    const { settings } = question;
    const { comune } = question.comune;
    const { servizio, modalita } = question.request;
    const served = servedBy(servizio, modalita);
    if (!served) return failed('servizio-non-autorizzato', 'servizio-non-offerto');
    if (!question.caller) return failed('connessione-non-attiva', 'evidenza-senza-utente');
    if (!isOperationId(question.operationId)) return failed('connessione-non-attiva', 'operazione-non-decimale');
    if (ports.clock() >= question.askBy) return failed('scaduta', 'prima-di-partire');
    const { dispatcher, keys } = reach(comune, settings);
    try {
      return await journey({ ...ports, question, caller: question.caller, casoUso: served.casoUso, services, dispatcher, keys });
    } catch (error) {
      if (!(error instanceof NotSendable)) throw error;
      return failed('anpr-ha-rifiutato', `non-inviabile ${error.field}`);
    }
  };
  return Object.assign(ask, { close: () => agents.close() });
}
