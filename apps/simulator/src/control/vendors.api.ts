import type { FastifyInstance } from 'fastify';
import { COMUNI, type Comune } from '../people/places.js';
import type { Vendor, Vendors } from '../vendors.js';
import { fields, NotThere, text, whole, WrongInput } from './input.js';

const MOST_PEOPLE = 1_000_000;
const LARGEST_SEED = 4_294_967_295;

/** Vendors that test here, each with Comuni, an Ente and people of its own. */
export function vendorsApi(app: FastifyInstance, vendors: Vendors): void {
  app.get('/fornitori', () => vendors.all().map(described));

  app.post('/fornitori', ({ body }, reply) => {
    const { id, comuni, ente, seme, persone } = fields(body, ['id', 'comuni', 'ente', 'seme', 'persone']);
    if (!Array.isArray(comuni) || comuni.length === 0) throw new WrongInput('comuni deve essere un elenco di codici ISTAT, almeno uno');
    if (seme !== undefined && !whole(seme, LARGEST_SEED)) throw new WrongInput(`seme deve essere un numero intero tra 0 e ${String(LARGEST_SEED)}`);
    if (persone !== undefined && !whole(persone, MOST_PEOPLE)) throw new WrongInput(`persone deve essere un numero intero tra 0 e ${String(MOST_PEOPLE)}`);
    const added = vendors.add({
      id: text(id, 'id', /^[a-z0-9-]{1,40}$/, 'di lettere minuscole, cifre e trattini, al più 40'),
      comuni: comuni.map(comuneFrom),
      ente: text(ente, 'ente', /^[^\p{Cc}]{1,80}$/u, 'il nome di un Ente, al più 80 caratteri'),
      ...(seme === undefined ? {} : { seed: seme }),
      ...(persone === undefined ? {} : { people: persone }),
    });
    if ('taken' in added) return reply.code(409).send({ errore: `${added.taken} è già di un fornitore` });
    return reply.code(201).send(described(added));
  });

  app.post('/fornitori/:fornitore/azzeramento', ({ params }) => {
    const { fornitore } = params as { readonly fornitore: string };
    const vendor = vendors.reset(fornitore);
    if (!vendor) throw new NotThere(`Il simulatore non conosce il fornitore ${fornitore.slice(0, 40)}`);
    return described(vendor);
  });

  app.delete('/fornitori/:fornitore', ({ params }, reply) => {
    const { fornitore } = params as { readonly fornitore: string };
    if (!vendors.remove(fornitore)) throw new NotThere('Nessun fornitore da togliere con questo nome');
    return reply.code(204).send();
  });
}

/** The ISTAT code of one that the simulator knows, or all that its people's cards say of another. */
function comuneFrom(given: unknown): Comune {
  if (typeof given === 'string') {
    const code = text(given, 'comuni', /^\d{6}$/, 'un elenco di codici ISTAT di 6 cifre');
    const known = COMUNI.find(({ codiceIstat }) => codiceIstat === code);
    if (!known) throw new WrongInput(`comuni: il simulatore non conosce ${code}; serve un oggetto con codiceIstat, codiceCatastale, nome, provincia, cap`);
    return known;
  }
  const { codiceIstat, codiceCatastale, nome, provincia, cap } = fields(given, ['codiceIstat', 'codiceCatastale', 'nome', 'provincia', 'cap']);
  return {
    codiceIstat: text(codiceIstat, 'codiceIstat', /^\d{6}$/, 'un codice ISTAT di 6 cifre'), codiceCatastale: text(codiceCatastale, 'codiceCatastale', /^[A-Z]\d{3}$/, 'un codice catastale come H501'),
    nome: text(nome, 'nome', /^[A-ZÀ-Ý' .-]{1,80}$/, 'il nome in maiuscolo, al più 80 caratteri'), provincia: text(provincia, 'provincia', /^[A-Z]{2}$/, 'una sigla di 2 lettere'), cap: text(cap, 'cap', /^\d{5}$/, 'di 5 cifre'),
  };
}

function described({ id, comuni, ente, world }: Vendor): Record<string, unknown> {
  return { id, comuni: comuni.map(({ codiceIstat }) => codiceIstat), ente, seme: world.people.seed, persone: world.people.named.length + world.people.ordinary.length };
}
