import { seedConnections, seedPdndConnection, type Custody } from '@geres/anpr';
import { noDevice } from '@geres/anpr/connector';
import { demoToken, demoUserId, PDND_COMUNE, seedDemo, type DemoFacts } from '@geres/identity';
import type { Clock } from '@geres/platform';
import { writeDurably, type Embedded } from '@geres/platform/embedded';
import { join } from 'node:path';
import { certificateFrom, registerAt, trustedBy } from './demo-simulator.js';
import type { Demo } from './facts.js';

export interface DemoParts {
  readonly engines: Pick<Embedded, 'store' | 'keys' | 'collections' | 'durable' | 'installation'>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly folder: string;
  /** Address of the simulator. */
  readonly simulator: string;
  readonly custody: Custody;
}

/** Synthetic: nobody has it. */
const REGISTRY_OPERATOR = 'SNTPTR70A01H501T';

/** The demo identities and connections, and the file that says them. Environment `test` alone. */
export async function prepareDemo({ engines, clock, publicUrl, folder, simulator, custody }: DemoParts): Promise<Demo> {
  const { store, keys, collections, durable, installation } = engines;
  const of = { environment: installation.environment, store, keys: keys.admin, collections, durable, clock, publicUrl };
  const facts = await seedDemo({ ...of, outFolder: join(folder, 'demo') });
  const responsibleOf = topsOf(facts);
  const vault = { secrets: keys.certificates, device: noDevice };
  // Keys are made on other threads, and in the simulator: one does not wait for the other.
  const connected = seedConnections({
    store,
    keys,
    clock,
    installation,
    endpoint: `${simulator}/ANPR3000ServiziConsultazione/AnprService3000`,
    connections: facts.comuni.map(({ codiceCatastale, codiceIstat }) => ({ comune: codiceCatastale, senderCode: codiceIstat, operatorCodiceFiscale: REGISTRY_OPERATOR })),
    signing: { custody, responsibleOf, issue: certificateFrom(simulator), isTrusted: trustedBy(simulator, vault, clock) },
  });
  const overPdnd = seedPdndConnection({
    store,
    vault,
    clock,
    installation,
    comune: PDND_COMUNE,
    responsible: responsibleOf(PDND_COMUNE),
    simulator,
    register: registerAt(simulator),
  });
  await Promise.all([connected, overPdnd]);
  const demo: Demo = {
    baseUrl: publicUrl,
    token: await demoToken(of),
    ...facts,
    utenti: facts.utenti.map(({ username, password, ruolo, comune = null, ente = null }) => ({ username, password, ruolo, comune, ente })),
    persone: await people(simulator),
    simulatore: simulator,
  };
  await writeDurably(join(folder, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`);
  return demo;
}

/** The TOP of each Comune sees to its certificates. */
const topsOf =
  ({ utenti }: Pick<DemoFacts, 'utenti'>) =>
  (place: string): string =>
    demoUserId(utenti.find(({ ruolo, comune }) => ruolo === 'TOP' && comune === place)!.username);

type Told = { readonly [K in keyof Demo['persone'][number]]?: string };

/** Whom the simulator knows by codice fiscale; surname or name is empty for who has none. */
async function people(simulator: string): Promise<Demo['persone']> {
  const told = (await (await fetch(`${simulator}/controllo/persone`)).json()) as readonly Told[];
  return told.flatMap(({ codiceFiscale, cognome = '', nome = '', caso = '' }) => (codiceFiscale ? [{ codiceFiscale, cognome, nome, caso }] : []));
}
