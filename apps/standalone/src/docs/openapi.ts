import { AnprAdminModule, AnprGatewayModule, failConnection, failLookup } from '@geres/anpr';
import { AUDIENCES } from '@geres/contracts';
import { IdentityAdminModule, identityProblems, openIdentity } from '@geres/identity';
import { failMonitoring, MonitoringModule } from '@geres/monitoring';
import { failAuth } from '@geres/platform/auth';
import { loadConfig, standaloneSettings } from '@geres/platform/config';
import { openEmbedded } from '@geres/platform/embedded';
import { openApiOf, type OpenApiOptions } from '@geres/platform/http';
import { keyEncryptionKey, type KeyEncryptionKey } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../serving.js';

const SERVERS = [
  { url: 'https://geres.comune.example', description: 'L’installazione del Comune' },
  { url: 'http://localhost:8080', description: 'Ambiente test, su questa macchina (npm start)' },
];

const SERVICES: Readonly<Record<string, Omit<OpenApiOptions, 'servers'>>> = {
  gateway: {
    title: 'GeRes, richieste',
    description:
      'Per le applicazioni integrate: generalità e residenza di una persona da ANPR, in nome di un Comune e secondo la sua convenzione. Ogni richiesta e il suo esito sono registrati prima della risposta.',
    include: [AnprGatewayModule],
    catalogues: [failLookup.catalogue],
    audience: AUDIENCES.gateway,
  },
  amministrazione: {
    title: 'GeRes, amministrazione',
    description: 'Comuni, Enti, convenzioni, profili, utenti, applicazioni, sessioni e connessioni ad ANPR. Ogni scrittura risponde con un ETag e accetta If-Match.',
    include: [IdentityAdminModule, AnprAdminModule],
    catalogues: [failAuth.catalogue, ...identityProblems, failConnection.catalogue],
    audience: AUDIENCES.admin,
  },
  monitoraggio: {
    title: 'GeRes, monitoraggio',
    description: 'Le richieste fatte: chi, che cosa, perché, con quale esito. La persona è oscurata finché chi può non chiede di vederla, e anche questo resta registrato.',
    include: [MonitoringModule],
    catalogues: [failAuth.catalogue, failMonitoring.catalogue],
    audience: AUDIENCES.monitoring,
  },
};

/** The OpenAPI documents by service, from the product itself: it is opened in a folder of its own, does not listen, and is closed again. */
export async function openApiDocuments(): Promise<ReadonlyMap<string, object>> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-docs-'));
  const stopping = new AbortController();
  const clock = (): Date => new Date();
  const publicUrl = 'http://localhost:8080';
  const log = createLog({ level: 'silent' });
  const kek = (): KeyEncryptionKey => keyEncryptionKey(randomBytes(32));
  const embedded = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys: { archive: kek(), connector: kek(), certificates: kek(), admin: kek() }, clock });
  try {
    const { store, collections, durable, keys, installation } = embedded;
    const identity = openIdentity({ store, collections, durable, keys: keys.admin, clock, environment: 'test', incarnation: installation.incarnation, publicUrl: () => publicUrl, signal: stopping.signal });
    const { app } = await serve({ config: loadConfig(standaloneSettings, { env: {} }), embedded, identity, log, metrics: createMetrics(), clock, publicUrl, stopping: stopping.signal });
    try {
      return new Map(Object.entries(SERVICES).map(([name, options]) => [name, openApiOf(app, { ...options, servers: SERVERS })]));
    } finally {
      stopping.abort();
      await app.close();
    }
  } finally {
    stopping.abort();
    await embedded.close();
    await rm(folder, { recursive: true, force: true });
  }
}
