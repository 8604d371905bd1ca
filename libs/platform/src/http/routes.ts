import type { FastifyInstance } from 'fastify';

/** The addresses that an application has, to tell a wrong method from a wrong address: Fastify answers 404 to both. */
export class Routes {
  private readonly known: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** Sees the routes that are registered from now on, plugins' included. */
  watch(fastify: FastifyInstance): this {
    fastify.addHook('onRoute', ({ url, method }) => void this.known.push({ pattern: patternOf(url), methods: [method].flat() }));
    return this;
  }

  /** Sorted; empty where nothing is at that address. */
  methodsAt(url: string): readonly string[] {
    const path = url.split(/[?#]/, 1)[0]!;
    return [...new Set(this.known.flatMap(({ pattern, methods }) => (pattern.test(path) ? methods : [])))].sort();
  }
}

const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split('/')
      .map((segment) => (segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/')}$`,
  );
