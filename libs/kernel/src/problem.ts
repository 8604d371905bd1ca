/** What went wrong, in words for whoever asked: RFC 9457 in the making. One entry of a catalogue holds code, status and words. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** Members of the problem document. Never personal data. */
    readonly params: Readonly<Record<string, unknown>>,
    /** Seconds, for `Retry-After`. */
    readonly retryAfter?: number,
  ) {
    super(`${code}: ${detail}`);
  }
}

export interface ProblemEntry<P extends object> {
  readonly status: number;
  readonly title: string;
  readonly detail: (params: P) => string;
  readonly retryAfter: number | undefined;
}

/** `title` and `detail` are Italian. `retryAfter` in seconds is the default for that code. */
export const problem = <P extends object = object>(
  status: number,
  title: string,
  detail: string | ((params: P) => string),
  options: { readonly retryAfter?: number } = {},
): ProblemEntry<P> => ({ status, title, detail: typeof detail === 'string' ? () => detail : detail, retryAfter: options.retryAfter });

export type Catalogue = Readonly<Record<string, ProblemEntry<never>>>;

type ParamsOf<E> = E extends ProblemEntry<infer P> ? P : never;

/** Makes problems of one catalogue: a wrong code or a missing parameter does not compile. `retryAfter` (seconds) overrides the entry's. */
export interface Fail<C extends Catalogue> {
  <K extends keyof C & string>(
    code: K,
    // Where an entry takes no parameters, its type is inferred as `never` from the catalogue's own.
    ...rest: [ParamsOf<C[K]>] extends [never] ? [params?: object, retryAfter?: number] : object extends ParamsOf<C[K]> ? [params?: ParamsOf<C[K]>, retryAfter?: number] : [params: ParamsOf<C[K]>, retryAfter?: number]
  ): Problem;
  readonly catalogue: C;
}

export function catalogue<const C extends Catalogue>(entries: C): Fail<C> {
  const fail = (code: keyof C & string, params: object = {}, retryAfter?: number): Problem => {
    const entry = entries[code] as ProblemEntry<object> | undefined;
    if (entry === undefined) throw new TypeError(`no such problem: ${code}`);
    return new Problem(code, entry.status, entry.title, entry.detail(params), params as Record<string, unknown>, retryAfter ?? entry.retryAfter);
  };
  return Object.assign(fail, { catalogue: entries }) as unknown as Fail<C>;
}
