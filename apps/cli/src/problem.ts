import { z } from 'zod';
import { alarming } from './terminal.js';

const Problem = z.looseObject({ type: z.string(), title: z.string(), status: z.number(), detail: z.string().optional(), richiesta: z.string().optional(), correlationId: z.string().optional(), errori: z.array(z.object({ campo: z.string(), messaggio: z.string() })).optional() });

/** What a problem document says, for whoever gave the command; `status`: of an answer that is none. */
export function problemIn(document: unknown, status: number): string {
  const problem = Problem.safeParse(document);
  return problem.success ? inWords(problem.data) : `risposta inattesa: HTTP ${status}`;
}

function inWords({ type, title, status, detail, richiesta, correlationId, errori = [] }: z.infer<typeof Problem>): string {
  const names = [`${type.replace(/^urn:geres:problema:/, '')}, HTTP ${status}`, richiesta && `richiesta ${richiesta}`, correlationId && `correlazione ${correlationId}`].filter(Boolean).join('; ');
  return [`${alarming(title)}${detail === undefined ? '' : `: ${detail}`}`, ...errori.map(({ campo, messaggio }) => `  ${campo}: ${messaggio}`), `(${names})`].join('\n');
}
