import type { Head } from '@geres/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { failHttp } from './http.problems.js';

/** The version in `If-Match: "3"`; `undefined` without the header. Errors: `richiesta-non-valida`. */
export function versionOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const version = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw failHttp('richiesta-non-valida', { errori: [{ campo: 'If-Match', messaggio: 'una versione fra virgolette, come "3"' }] });
  return Number(version);
}

/** The header of `IfMatch`, for the OpenAPI document. */
export const IF_MATCH = 'If-Match';

/** `@IfMatch() expected: number | undefined`, for the `expected` of `handle()`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) => versionOf(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']), [
  (target, key) => ApiHeader({ name: IF_MATCH, required: false, description: 'La versione che si crede attuale, come l’ha detta ETag' })(target, key!, Object.getOwnPropertyDescriptor(target, key!)!),
]);

/** A view with the version of the stream that it shows. */
export class Tagged<T> {
  constructor(
    readonly version: number,
    readonly view: T,
  ) {}
}

/** What a route returns in order to be answered with `view` as the body and `ETag: "<version of head>"`. */
export const tagged = <T>({ version }: Pick<Head, 'version'>, view: T): Tagged<T> => new Tagged(version, view);
