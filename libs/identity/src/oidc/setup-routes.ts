import { DatiUtente } from '@geres/contracts';
import { Problem, type Environment } from '@geres/kernel';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorPage, setupDonePage, setupPage } from './pages.js';
import type { Setup } from './setup.js';

const Gestore = DatiUtente.pick({ login: true, nome: true, cognome: true });
type Form = Readonly<Record<string, string>>;

/** The page of the first start: the code that was printed makes the first GESTORE. */
export function setupRoutes(pages: FastifyInstance, environment: Environment, open: () => Promise<Setup | undefined>, limit: { readonly max: number }): void {
  const action = `/oidc/${environment}/primo-avvio`;
  const closed = (reply: FastifyReply): unknown => reply.code(404).send(errorPage(environment, 'Il primo avvio è già stato fatto.'));

  pages.get('/primo-avvio', async (_, reply) => ((await (await open())?.isOpen()) ? reply.send(setupPage({ environment, action })) : closed(reply)));

  pages.post('/primo-avvio', { config: { rateLimit: { max: limit.max, timeWindow: 60_000 } } }, async (request, reply) => {
    const setup = await open();
    if (!setup || !(await setup.isOpen())) return closed(reply);
    const { codice: code = '', password = '', ripetuta = '', utente = '', nome = '', cognome = '' } = (request.body ?? {}) as Form;
    const again = (error: string): unknown => reply.code(422).send(setupPage({ environment, action, error, values: { codice: code, utente, nome, cognome } }));
    const person = Gestore.safeParse({ login: utente, nome, cognome });
    if (!person.success) return again(wrongField(person.error.issues[0]!.path[0]));
    if (password !== ripetuta) return again('Le due password sono diverse.');
    try {
      const { login, nome: name, cognome: surname } = person.data;
      const created = await setup.complete({ code, login, name, surname, password });
      return created ? await reply.send(setupDonePage(environment)) : again('Il codice di primo avvio non è corretto.');
    } catch (error) {
      if (error instanceof Problem) return again(error.detail);
      throw error;
    }
  });
}

const wrongField = (field: PropertyKey | undefined): string =>
  field === 'login' ? 'Il nome utente ha da 3 a 60 fra lettere, cifre, punto, trattino, _ e @.' : 'Nome e cognome sono obbligatori, di al massimo 80 caratteri.';
