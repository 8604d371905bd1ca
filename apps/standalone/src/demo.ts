import { seedConnections, type Custody, type DemoSigning } from '@geres/anpr';
import { demoToken, demoUserId, seedDemo, type DemoFacts } from '@geres/identity';
import type { Clock } from '@geres/platform';
import { writeDurably, type Embedded } from '@geres/platform/embedded';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
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
  await seedConnections({
    store,
    keys,
    clock,
    installation,
    endpoint: `${simulator}/ANPR3000ServiziConsultazione/AnprService3000`,
    connections: facts.comuni.map(({ codiceCatastale, codiceIstat }) => ({ comune: codiceCatastale, senderCode: codiceIstat, operatorCodiceFiscale: REGISTRY_OPERATOR })),
    signing: signingWith({ simulator, custody, ...facts }),
  });
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

/** Certificates of the simulator's authority, in the care of the TOP of each Comune. */
function signingWith({ simulator, custody, utenti }: Pick<DemoParts, 'simulator' | 'custody'> & Pick<DemoFacts, 'utenti'>): DemoSigning {
  return {
    custody,
    async issue(postazione) {
      const password = randomBytes(18).toString('base64url');
      const response = await fetch(`${simulator}/controllo/certificati`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ postazione, password }) });
      if (!response.ok) throw new Error(`the simulator has no certificate for ${postazione}: HTTP ${response.status}`);
      return { pkcs12: Buffer.from(await response.arrayBuffer()), password };
    },
    responsibleOf: (place) => demoUserId(utenti.find(({ ruolo, comune }) => ruolo === 'TOP' && comune === place)!.username),
  };
}

type Told = { readonly [K in keyof Demo['persone'][number]]?: string };

/** Whom the simulator knows by codice fiscale; surname or name is empty for who has none. */
async function people(simulator: string): Promise<Demo['persone']> {
  const told = (await (await fetch(`${simulator}/controllo/persone`)).json()) as readonly Told[];
  return told.flatMap(({ codiceFiscale, cognome = '', nome = '', caso = '' }) => (codiceFiscale ? [{ codiceFiscale, cognome, nome, caso }] : []));
}
