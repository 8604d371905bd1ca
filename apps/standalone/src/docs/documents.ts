import { failConnection, failLookup } from '@geres/anpr';
import { allEvents } from '@geres/contracts';
import { identityProblems } from '@geres/identity';
import { failMonitoring } from '@geres/monitoring';
import { failAuth } from '@geres/platform/auth';
import { services, standaloneSettings, topicSettings } from '@geres/platform/config';
import { failHttp } from '@geres/platform/http';
import { eventsPage } from './events.js';
import { openApiDocuments } from './openapi.js';
import { problemsPage, type Catalogued } from './problems.js';
import { settingsPage } from './settings.js';

/** Every catalogue of the product. */
export const catalogues: readonly Catalogued[] = [
  { service: 'every service', catalogue: failHttp.catalogue },
  ...['gateway', 'administration', 'monitoring'].map((service) => ({ service, catalogue: failAuth.catalogue })),
  { service: 'gateway', catalogue: failLookup.catalogue },
  ...[...identityProblems, failConnection.catalogue].map((catalogue) => ({ service: 'administration', catalogue })),
  { service: 'monitoring', catalogue: failMonitoring.catalogue },
];

/** The generated documents: path below the folder of the documentation, text. */
export async function documents(): Promise<ReadonlyMap<string, string>> {
  const described = [...(await openApiDocuments())].map(([name, document]) => [`openapi/${name}.json`, `${JSON.stringify(document, null, 2)}\n`] as const);
  return new Map([['events.md', eventsPage(allEvents)], ['problems.md', problemsPage(catalogues)], ['settings.md', settingsPage(standaloneSettings, services, topicSettings)], ...described]);
}
