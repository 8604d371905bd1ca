import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { controlApi, told } from './control/api.js';
import { homePage } from './control/page.js';
import { simApi } from './control/sim.api.js';
import { pdndApi } from './pdnd/api.js';
import { issuer } from './pdnd/issuer.js';
import { fault } from './soap/fault.js';
import { SERVICES } from './soap/messages.js';
import { officialSchemas, ownSchemas } from './soap/official.js';
import { serve, type Reply } from './soap/service.js';
import { vendors, type Vendors } from './vendors.js';
import type { Common, Security } from './world.js';
import { authority } from './wss/authority.js';

export interface SimulatorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly seed?: number;
  /** How many ordinary people, beside the named cases. */
  readonly people?: number;
  /** How many operations are remembered for replay and for the register. */
  readonly operations?: number;
  /** Whether a message without WS-Security is refused. One that has it is always checked. */
  readonly firma?: Security['firma'];
  /** Where the test authority keeps its key, so that its certificates are good after a restart; without it, as long as the process. */
  readonly folder?: string;
  /** Where the official XSD are, by which payloads are then checked; without it, by the simulator's own reading of them. */
  readonly xsd?: string;
  readonly now?: () => number;
}

export interface Simulator {
  readonly url: string;
  /** Stops listening, lets answers under way go out for a moment, then drops what still hangs. */
  close(): Promise<void>;
}

const BODY_LIMIT = 1_048_576;
const GRACE_MS = 1_000;

/** Starts a stand-in for ANPR's web services with synthetic people. Rejects when the address cannot be listened on. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port, host = '127.0.0.1', seed = 1, people = 10_000, operations = 200_000, firma = 'accettata', folder, xsd, now: clock = Date.now } = options;
  const offset = { ms: 0 };
  const now = (): number => clock() + offset.ms;
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, done: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      done();
    }, delayMs);
    timers.add(timer);
  };
  const common: Common = { now, today: todayInRome(now), authority: authority(folder), validate: xsd === undefined ? ownSchemas : await officialSchemas(xsd), issuer: issuer(), nextOperationId: operationIds(now()), later };
  const all = vendors(common, { seed, people, operations, firma });
  const app = fastify({ bodyLimit: BODY_LIMIT, logger: false, return503OnClosing: false });
  await app.register(
    (control, _options, done) => {
      controlApi(control, all, offset);
      done();
    },
    { prefix: '/controllo' },
  );
  await app.register(
    (sim, _options, done) => {
      sim.setErrorHandler(told);
      simApi(sim, all, offset);
      done();
    },
    { prefix: '/__sim' },
  );
  await app.register((soap, _options, done) => {
    soapServices(soap, all, common);
    done();
  });
  await app.register((pdnd, _options, done) => {
    pdndApi(pdnd, all, common);
    done();
  });
  app.get('/', (_request, reply) => reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'").type('text/html; charset=utf-8').send(homePage(all)));
  app.setNotFoundHandler((request, reply) => reply.code(404).send({ errore: `Il simulatore non ha ${request.method} ${request.url.split('?')[0] ?? ''}` }));
  const url = await app.listen({ port, host });
  return {
    url,
    async close() {
      const impatient = setTimeout(() => { app.server.closeAllConnections(); }, GRACE_MS);
      await app.close();
      clearTimeout(impatient);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function soapServices(soap: FastifyInstance, all: Vendors, { later }: Common): void {
  const worldOf = (codMittente: string) => all.ofComune(codMittente).world;
  soap.removeAllContentTypeParsers();
  soap.addContentTypeParser(['text/xml', 'application/soap+xml', 'application/xml'], { parseAs: 'string' }, (_request, body, done) => { done(null, body); });
  soap.setErrorHandler((error: Error & { readonly statusCode?: number }, _request, reply) => {
    const blamed = error.statusCode !== undefined && error.statusCode < 500 ? 'Malformed content (from client)' : 'Internal error (from server)';
    return reply.code(error.statusCode ?? 500).type('text/xml; charset=utf-8').send(fault(blamed));
  });
  for (const service of SERVICES) {
    soap.post(service.path, (request, reply) => {
      const answer = serve(worldOf, service, typeof request.body === 'string' ? request.body : '');
      if (answer.delayMs === 0) give(reply, answer);
      else later(answer.delayMs, () => { give(reply, answer); });
      return reply;
    });
  }
}

function give(reply: FastifyReply, answer: Reply): void {
  if ('drop' in answer) {
    reply.hijack();
    reply.raw.destroy();
  } else if ('silence' in answer) {
    reply.hijack();
  } else {
    // What a masked refusal hides is read by this id; ANPR has no such header.
    if (answer.diagnosis !== undefined) void reply.header('x-sim-diagnostics', answer.diagnosis);
    void reply.code(answer.status).header('content-type', answer.type ?? 'text/xml; charset=utf-8').send(answer.body);
  }
}

/** Growing, beyond 32 bits since January 2025, and beyond those of an earlier run. */
function operationIds(startedAt: number): () => number {
  let last = startedAt * 100;
  return () => (last += 1);
}

function todayInRome(now: () => number): () => string {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' });
  let second = NaN;
  let today = '';
  return () => {
    const current = Math.floor(now() / 1_000);
    if (current !== second) {
      second = current;
      today = day.format(current * 1_000);
    }
    return today;
  };
}
