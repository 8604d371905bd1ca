import { StandardSchemaValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import '../config/italian.js';
import { failHttp, type FieldError } from './http.problems.js';

type Issue = z.core.$ZodIssue;

/** What a schema said, on its way to the words of the answer. */
class NotValid extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super('not valid');
  }
}

/** Bodies, parameters and queries by their Zod schemas. Errors: `richiesta-non-valida`, with each field that is wrong and never its value. */
export function validationPipe(): PipeTransform {
  const inner = new StandardSchemaValidationPipe({ exceptionFactory: (issues) => new NotValid(issues as unknown as readonly Issue[]) });
  return {
    async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
      try {
        return await inner.transform(value, metadata);
      } catch (error) {
        if (!(error instanceof NotValid)) throw error;
        throw failHttp('richiesta-non-valida', { errori: fieldErrors(error.issues, metadata) });
      }
    },
  };
}

/** The issues of a schema as fields and rules. A parameter goes by its name, a body by the path in it. */
export function fieldErrors(issues: readonly Issue[], { type, data }: Pick<ArgumentMetadata, 'type' | 'data'>): readonly FieldError[] {
  const root = data === undefined ? [] : [data];
  return issues
    .flatMap(specific)
    .flatMap(worded)
    .map(({ path, message }) => ({ campo: [...root, ...path].map(String).join('.') || (type === 'body' ? 'corpo' : type), messaggio: message }));
}

/**
 * Of a union whose members all fail, the member that was most likely meant speaks: not one of another type altogether, then the one that knows the fields
 * that were sent, then the one with the fewest faults, then the deepest.
 */
function specific(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const members = issue.errors.map((errors) => errors.flatMap((error) => specific({ ...error, path: [...issue.path, ...error.path] })));
  const another = (errors: readonly Issue[]): number => Number(errors.some(({ code, path }) => code === 'invalid_type' && path.length === issue.path.length));
  const unknown = (errors: readonly Issue[]): number => errors.reduce((sum, error) => sum + (error.code === 'unrecognized_keys' ? error.keys.length : 0), 0);
  const depth = (errors: readonly Issue[]): number => Math.max(0, ...errors.map(({ path }) => path.length));
  return members.reduce((a, b) => (another(b) - another(a) || unknown(b) - unknown(a) || b.length - a.length || depth(a) - depth(b)) < 0 ? b : a);
}

/** One error a field; a field that is not known is named by itself. */
const worded = (issue: Issue): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'campo sconosciuto' })) : [{ path: issue.path, message: issue.message }];
