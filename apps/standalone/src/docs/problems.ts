import type { Catalogue, ProblemEntry } from '@geres/kernel';
import { page, table } from './markdown.js';

/** A catalogue and the service that answers with it. */
export interface Catalogued {
  readonly service: string;
  readonly catalogue: Catalogue;
}

export interface ProblemRow {
  readonly code: string;
  readonly services: readonly string[];
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryAfter: number | undefined;
}

/** Every code once. Throws where two catalogues give one code two meanings: a caller could not tell them apart. */
export function problemRows(catalogues: readonly Catalogued[]): readonly ProblemRow[] {
  const rows = new Map<string, ProblemRow>();
  for (const { service, catalogue } of catalogues) {
    for (const [code, entry] of Object.entries(catalogue) as [string, ProblemEntry<object>][]) {
      const row = { code, services: [service], status: entry.status, title: entry.title, detail: inWords(entry), retryAfter: entry.retryAfter };
      const known = rows.get(code);
      if (known && meaning(known) !== meaning(row)) throw new Error(`${code} means one thing to ${known.services.join(', ')} and another to ${service}`);
      rows.set(code, { ...row, services: [...new Set([...(known?.services ?? []), service])] });
    }
  }
  return [...rows.values()].sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
}

const meaning = ({ status, title, detail, retryAfter }: ProblemRow): string => JSON.stringify([status, title, detail, retryAfter]);

/** The detail with the names of its parameters in their places. */
const inWords = ({ detail }: ProblemEntry<object>): string => detail(standIn('…'));

/** Stands for any value: as text it is its name in braces, as a list it has one member like itself, and its members are named after themselves. */
function standIn(name: string): object {
  const text = (): string => `{${name}}`;
  return new Proxy([] as unknown[], {
    get: (list, key) => (key === 'toString' ? text : key === 'length' ? 1 : key === '0' ? standIn(name) : typeof key === 'symbol' || key in list ? (Reflect.get(list, key) as unknown) : standIn(key)),
    has: (list, key) => key === '0' || key in list,
  });
}

/** docs/problems.md. */
export function problemsPage(catalogues: readonly Catalogued[]): string {
  const byStatus = Map.groupBy(problemRows(catalogues), ({ status }) => status);
  const sections = [...byStatus].map(([status, rows]) => {
    const lines = rows.map(({ code, title, detail, retryAfter, services }) => [`\`${code}\``, title, detail, retryAfter === undefined ? '' : `${retryAfter} s`, services.join(', ')]);
    return `## ${status}\n\n${table(['Code', 'Title', 'Detail', 'Retry-After', 'Service'], lines)}`;
  });
  return page('Problems', [INTRODUCTION, ...sections]);
}

const INTRODUCTION = `Every error is an RFC 9457 document, \`application/problem+json\`, of type \`urn:geres:problema:<code>\`, with \`title\`, \`status\`, \`detail\`, \`instance\` and
\`correlationId\`; \`errori\` names the fields that are wrong, and a problem may have other members of its own. Decide on \`type\`, never on the words. With
\`Retry-After\` the same request may succeed later. A name in braces is a value of the occurrence.`;
