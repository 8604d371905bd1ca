import { ApplicationId, CodiceCatastale, CodiceFiscale, CodiceIstat, Day, EnteId, Instant, Sealed, Tag, Ulid, Uuid, type EventContract } from '@geres/contracts';
import type { z } from 'zod';
import { page, table } from './markdown.js';

/** The stream of each kind of thing. `{…}` is an id, as the fields of its events say it. */
export const STREAMS: Readonly<Record<string, { readonly title: string; readonly stream: string }>> = {
  'identity.comune': { title: 'Comune', stream: 'comune-{comune}' },
  'identity.ente': { title: 'Ente', stream: 'ente-{ente}' },
  'identity.convention': { title: 'Convenzione', stream: 'convention-{convention}' },
  'identity.profile': { title: 'Profilo', stream: 'profile-{profile}' },
  'identity.user': { title: 'User', stream: 'user-{user}' },
  'identity.login': { title: 'Login and codice fiscale of a user', stream: 'login-{tag}' },
  'identity.application': { title: 'Applicazione', stream: 'application-{application}' },
  'identity.session': { title: 'Session', stream: 'session-{session}' },
  'anpr.connection': { title: 'Connessione', stream: 'connection-{comune}-{channel}' },
  'anpr.register': { title: 'Registro del giorno', stream: 'register-{comune}-{yyyymmdd}' },
  'anpr.lookup': { title: 'Richiesta', stream: 'register-{comune}-{yyyymmdd}' },
  'monitoring.archive': { title: 'Archivio', stream: 'archive-{yyyymm}' },
};

/** `anpr.lookup` of `anpr.lookup.requested`. */
export const kindOf = (type: string): string => type.split('.').slice(0, 2).join('.');

/** docs/events.md. Throws for an event whose stream or whose form of field it cannot tell: the page is whole or is not. */
export function eventsPage(contracts: readonly EventContract[]): string {
  const kinds = Map.groupBy(contracts, ({ type }) => kindOf(type));
  const sections = [...kinds].map(([kind, events]) => {
    const known = STREAMS[kind];
    if (!known) throw new Error(`${kind}: its stream is not known`);
    const parts = events.map(({ type, v, description, data }) => `### \`${type}\` v${v}\n\n${description}\n\n${fields(data)}`);
    return `## ${known.title}\n\nStream \`${known.stream}\`.\n\n${parts.join('\n\n')}`;
  });
  return page('Events', [INTRODUCTION, ...sections]);
}

const INTRODUCTION = `Every event that this release writes or reads, from \`libs/contracts\`. A reader that meets another type or version stops: it never skips.

An event is \`{ id, type, v, data, meta }\` in a stream, numbered from 1, chained to the one before by its digest. \`meta\` says who and when, never what: actor,
application, session, correlation and causation, instant of recording, environment.

Kinds of fields: **sealed** is text under a key that can be destroyed, the only form in which personal data is recorded; **tag** is a keyed digest, to find again
what is not stored; an instant is RFC 3339 in UTC; a day is a civil day in Europe/Rome. A field with \`?\` may be missing.`;

function fields(data: z.ZodType): string {
  const { shape } = data.def as unknown as { readonly shape: Readonly<Record<string, z.ZodType>> };
  return table(
    ['Field', 'Kind'],
    Object.entries(shape).map(([name, schema]) => [`\`${name}\`${isOptional(schema) ? '?' : ''}`, describe(schema)]),
  );
}

const NAMED = new Map<z.ZodType, string>([
  [Sealed, '**sealed**'],
  [Tag, '**tag**'],
  [Instant, 'instant'],
  [Day, 'day'],
  [Ulid, 'ULID'],
  [Uuid, 'UUID'],
  [CodiceCatastale, 'codice catastale'],
  [CodiceIstat, 'codice ISTAT'],
  [CodiceFiscale, 'codice fiscale'],
  [EnteId, 'id of an Ente'],
  [ApplicationId, 'client id'],
]);

const isOptional = ({ def }: z.ZodType): boolean => def.type === 'optional';

function describe(schema: z.ZodType): string {
  const named = NAMED.get(schema);
  if (named) return named;
  const def = schema.def as unknown as Readonly<Record<string, unknown>> & { readonly type: string };
  switch (def.type) {
    // What is recorded has its default already, and is what came out of a pipe.
    case 'optional':
    case 'default':
      return describe(def['innerType'] as z.ZodType);
    case 'pipe':
      return describe(def['out'] as z.ZodType);
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'yes or no';
    case 'enum':
      return Object.values(def['entries'] as object).map((value) => `\`${value}\``).join(', ');
    case 'literal':
      return (def['values'] as readonly unknown[]).map((value) => `\`${String(value)}\``).join(', ');
    case 'record':
      return `for each of ${describe(def['keyType'] as z.ZodType)}: ${describe(def['valueType'] as z.ZodType)}`;
    case 'array':
      return `list of ${describe(def['element'] as z.ZodType)}`;
    case 'union':
      return [...new Set((def['options'] as readonly z.ZodType[]).map(describe))].join(' or ');
    case 'object':
      return `{ ${Object.entries(def['shape'] as Readonly<Record<string, z.ZodType>>).map(([name, member]) => `${name}${isOptional(member) ? '?' : ''}: ${describe(member)}`).join('; ')} }`;
    default:
      throw new Error(`a field of kind ${def.type} cannot be told`);
  }
}
