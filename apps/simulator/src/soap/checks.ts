import type { Envelope } from './read-request.js';
import type { RequestHeader } from './header.js';
import { refusal, type Refusal } from './errors.js';
import type { Message } from './messages.js';
import type { Validate } from './official.js';
import type { Version } from './versions.js';
import type { Profile } from '../world.js';

/** A message on its way through the checks. */
export interface Incoming {
  readonly envelope: Envelope;
  readonly header: RequestHeader;
  /** What it is, by its root element. */
  readonly message: Message;
  /** Today's date in Europe/Rome. */
  readonly today: string;
  /** The protocol versions that are in support today. */
  readonly versions: readonly Version[];
  readonly validate: Validate;
  /** Of the operator in whose name a signed message asks. */
  readonly profile: Profile | undefined;
}

/** Why a message goes no further: the XML gateway says it with a SOAP Fault, the services with `rispostaKO`. */
export type Rejection = { readonly fault: string } | { readonly errors: readonly [Refusal, ...Refusal[]] };
export type Check = (incoming: Incoming) => Rejection | undefined;

const FAMILIES = '1234567AE';

/**
 * What is checked before an operation exists for ANPR, in ANPR's order: the first that objects answers. The message's
 * security comes before (`wss`), because the XML gateway stands in front of the services.
 */
export const CHECKS: readonly Check[] = [protocolVersion, schema, environment, operatorProfile, operation, operationType, requestDate];

export function firstRejection(checks: readonly Check[], incoming: Incoming): Rejection | undefined {
  for (const check of checks) {
    const rejection = check(incoming);
    if (rejection) return rejection;
  }
  return undefined;
}

/** ANPR looks at the major version before it validates, so that an old client hears the right thing. */
function protocolVersion({ header, versions }: Incoming): Rejection | undefined {
  const admitted = versions.map(({ codDestinatario }) => codDestinatario);
  return admitted.includes(header.codDestinatario) ? undefined : ko(refusal('XXXX', [`Versione del servizio non supportata: codDestinatario ammesso ${admitted.join(', ')}`], { field: 'codDestinatario', value: header.codDestinatario }));
}

function schema({ envelope, message, validate }: Incoming): Rejection | undefined {
  const wrong = validate(envelope, message);
  return wrong === undefined ? undefined : ko(refusal('EN489', [wrong.slice(0, 150)]));
}

function environment({ header }: Incoming): Rejection | undefined {
  return header.tipoInvio === 'TEST' ? undefined : ko(refusal('999', ["tipoInvio non coerente con l'ambiente di test"], { field: 'tipoInvio', value: header.tipoInvio }));
}

function operatorProfile({ profile }: Incoming): Rejection | undefined {
  switch (profile) {
    case 'non-abilitato':
      return ko(refusal('XXXX', ['Utente non abilitato a questo servizio']));
    case 'senza-privilegi':
      return ko(refusal('EN493'));
    case 'sconosciuto':
    case 'abilitato':
    case undefined:
      return undefined;
    default:
      return profile satisfies never;
  }
}

function operation({ header, message }: Incoming): Rejection | undefined {
  const { operazioneRichiesta: asked } = header;
  if (asked === message.operation) return undefined;
  // The connectivity test names its operation otherwise (OP01), so the families of the services say nothing about it.
  if (message.operation === 'OP01' || FAMILIES.includes(asked.charAt(0))) return ko(refusal('XXXX', [`Operazione ${asked} inesistente per il servizio`], { field: 'operazioneRichiesta' }));
  return ko(refusal('EC022', [asked], { field: 'operazioneRichiesta' }));
}

function operationType({ header }: Incoming): Rejection | undefined {
  return header.tipoOperazione === 'C' ? undefined : ko(refusal('EHR26', [header.tipoOperazione], { field: 'tipoOperazione' }));
}

function requestDate({ header, today }: Incoming): Rejection | undefined {
  const day = header.dataOraRichiesta.slice(0, 10);
  return day <= today ? undefined : ko(refusal('EHR09', [day, today], { field: 'dataOraRichiesta' }));
}

function ko(error: Refusal): Rejection {
  return { errors: [error] };
}
