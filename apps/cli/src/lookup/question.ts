import { CodiceFiscale, LookupRequest, Subject } from '@geres/contracts';
import type { z } from 'zod';
import { readFile } from 'node:fs/promises';
import { wrongUse } from '../outcome.js';
import { pathOf } from '../settings.js';
import type { Terminal } from '../terminal.js';

export interface QuestionOptions {
  readonly codiceFiscale?: string;
  readonly idAnpr?: string;
  readonly soggetto?: string;
  readonly servizio: string;
  readonly modalita: string;
  readonly motivo: string;
  readonly pratica?: string;
  readonly data?: string;
}

/** The body of the lookup. What is about a person may come on standard input. Errors: `Ended` (wrong use), which never repeats it. */
export async function questionOf(options: QuestionOptions, terminal: Terminal): Promise<z.input<typeof LookupRequest>> {
  const { servizio, modalita, motivo, pratica, data } = options;
  const body = LookupRequest.safeParse({ servizio, modalita, soggetto: await subjectOf(options, terminal), motivo, ...(pratica === undefined ? {} : { pratica }), ...(data === undefined ? {} : { dataRiferimento: data }) });
  if (!body.success) throw wrongUse(`la richiesta non è valida: ${rulesOf(body.error, 'richiesta')}`);
  return body.data;
}

async function subjectOf({ codiceFiscale, idAnpr, soggetto }: QuestionOptions, terminal: Terminal): Promise<unknown> {
  const ways = [codiceFiscale, idAnpr, soggetto].filter((way) => way !== undefined);
  if (ways.length !== 1) throw wrongUse('serve la persona: una sola fra --codice-fiscale, --id-anpr e --soggetto');
  if (codiceFiscale !== undefined) return { codiceFiscale: checked(CodiceFiscale, codiceFiscale === '-' ? await terminal.line('Codice fiscale: ') : codiceFiscale, 'codice fiscale') };
  if (idAnpr !== undefined) return checked(Subject, { idANPR: idAnpr === '-' ? await terminal.line('idANPR: ') : idAnpr }, 'idANPR');
  return checked(Subject, json(soggetto === '-' ? await terminal.input() : await readFile(pathOf(soggetto!), 'utf8')), 'soggetto');
}

function checked<T>(schema: z.ZodType<T>, given: unknown, name: string): T {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw wrongUse(`la persona non è valida: ${rulesOf(parsed.error, name)}`);
  return parsed.data;
}

/** The rules that do not hold, by field: never what was given. */
const rulesOf = ({ issues }: z.ZodError, name: string): string => [...new Set(issues.map(({ path, message }) => `${path.join('.') || name}: ${message.replace(new RegExp(`^${name}: `), '')}`))].join('; ');

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongUse('il soggetto non è JSON, nella forma { "codiceFiscale": … } o { "cognome": …, "nome": …, "sesso": …, "dataNascita": …, "luogoNascita": … }');
  }
}
