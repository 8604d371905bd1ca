import type { WsSettings, WsSigning } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { KeyStore } from '@geres/platform/keys';
import type { AnprOperator } from '../../connection/connection.domain.js';
import type { ConnectionKeys, HeldKey } from '../../custody/keys.js';
import { CannotSign, wsSecurity, type WsSecurity, type WssIdentity } from '../../protocol/wss/index.js';
import type { TlsMaterial } from '../agents.js';
import { wssOptionsOf } from './options.js';
import { wssSigner } from './signer.js';

/** For which Comune, how, and in whose name a message is signed. A `ChannelQuestion` is one. */
export interface Signing {
  readonly comune: { readonly comune: string };
  readonly settings: Pick<WsSettings, 'senderCode' | 'station' | 'application' | 'address' | 'signing'>;
  readonly anprOperator?: AnprOperator | undefined;
}

export interface SecurityPorts {
  readonly clock: Clock;
  readonly keys: Pick<ConnectionKeys, 'inUse'>;
  /** Secrets under which the codici fiscali of ANPR operators are sealed. */
  readonly operators: Pick<KeyStore, 'box'>;
}

const APPLICATION = 'GeRes';

/**
 * The message around a payload, signed with the keys of the Comune in the name of its operator: the codice fiscale is opened for it, and is in nothing but the
 * assertion. Errors: `CannotSign`.
 */
export function messageSecurity({ clock, keys, operators }: SecurityPorts): (of: Signing, payload: string) => Promise<string> {
  const usual = wsSecurity({ clock });
  /** Those with options of their own, as long as the settings are in force. */
  const others = new WeakMap<WsSigning, WsSecurity>();
  const securityOf = (signing: WsSigning | undefined): WsSecurity => {
    if (!signing) return usual;
    const known = others.get(signing) ?? wsSecurity({ clock, options: wssOptionsOf(signing) });
    others.set(signing, known);
    return known;
  };
  const codiceFiscaleOf = async ({ operator, codiceFiscale }: AnprOperator): Promise<string> => String((await operators.box(`operator/${operator}`)).open(codiceFiscale, operator));
  const inUse = (comune: string, use: 'firma' | 'postazione'): Promise<HeldKey | undefined> => keys.inUse(comune, 'ws', use, clock());

  async function identityOf({ comune: { comune }, settings, anprOperator }: Signing): Promise<WssIdentity> {
    if (!anprOperator) throw new CannotSign('operatore assente');
    const [operator, server, workstation] = await Promise.all([
      codiceFiscaleOf(anprOperator).catch(because('operatore non leggibile')),
      inUse(comune, 'firma').catch(because('chiave non disponibile')),
      inUse(comune, 'postazione').catch(because('chiave della postazione non disponibile')),
    ]);
    if (!server) throw new CannotSign('chiave assente');
    const { senderCode, station = `${senderCode}-CO-9999`, application = APPLICATION, address } = settings;
    const own = wssSigner(server);
    return { operator, idSede: senderCode, idPostazione: station, idApplicazione: application, ...(address === undefined ? {} : { address }), server: own, workstation: workstation ? wssSigner(workstation) : own };
  }

  return async (of, payload) => securityOf(of.settings.signing).sign(payload, await identityOf(of));
}

/** What a Comune trusts and shows on TLS. Errors: `CannotSign`, where its key is not at hand. */
export const tlsMaterial =
  ({ clock, keys }: { readonly clock: Clock; readonly keys: Pick<ConnectionKeys, 'shown'> }) =>
  async ({ comune: { comune }, settings: { ca, serverName } }: { readonly comune: { readonly comune: string }; readonly settings: Pick<WsSettings, 'ca' | 'serverName'> }): Promise<TlsMaterial> => {
    const shown = await keys.shown(comune, clock()).catch(because('chiave di TLS non disponibile'));
    return { ...(ca ? { ca } : {}), ...(serverName === undefined ? {} : { servername: serverName }), ...shown };
  };

const because =
  (reason: string) =>
  (cause: unknown): never => {
    throw cause instanceof CannotSign ? cause : new CannotSign(reason, { cause });
  };
