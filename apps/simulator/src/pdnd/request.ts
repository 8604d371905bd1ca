/** `RichiestaE002` (pdnd.md §11): all leaves are strings, unknown members and `null` are refused. */
export interface RequestE002 {
  readonly idOperazioneClient: string;
  readonly criteriRicerca: Criteria;
  readonly verifica?: Tree;
  readonly datiRichiesta: { readonly dataRiferimentoRichiesta: string; readonly motivoRichiesta: string; readonly casoUso: string };
}

export interface Criteria {
  readonly codiceFiscale?: string;
  readonly idANPR?: string;
  readonly cognome?: string;
  readonly senzaCognome?: string;
  readonly nome?: string;
  readonly senzaNome?: string;
  readonly sesso?: string;
  readonly datiNascita?: {
    readonly dataEvento?: string;
    readonly senzaGiorno?: string;
    readonly senzaGiornoMese?: string;
    readonly luogoNascita?: { readonly comune?: { readonly nomeComune?: string; readonly codiceIstat?: string }; readonly localita?: { readonly codiceStato?: string } };
  };
}

export type Tree = { readonly [name: string]: Tree | readonly Tree[] | string };

type Shape = { readonly [name: string]: Shape | true };

const COMUNE: Shape = { nomeComune: true, codiceIstat: true, siglaProvinciaIstat: true, descrizioneLocalita: true };
const LOCALITA: Shape = { descrizioneLocalita: true, descrizioneStato: true, codiceStato: true, provinciaContea: true };
const SHAPE: Shape = {
  idOperazioneClient: true,
  criteriRicerca: {
    codiceFiscale: true, idANPR: true, cognome: true, senzaCognome: true, nome: true, senzaNome: true, sesso: true,
    datiNascita: { dataEvento: true, senzaGiorno: true, senzaGiornoMese: true, luogoNascita: { luogoEccezionale: true, comune: COMUNE, localita: LOCALITA } },
  },
  datiRichiesta: { dataRiferimentoRichiesta: true, motivoRichiesta: true, casoUso: true },
};
const REQUIRED = ['idOperazioneClient', 'criteriRicerca', 'datiRichiesta', 'datiRichiesta.dataRiferimentoRichiesta', 'datiRichiesta.motivoRichiesta', 'datiRichiesta.casoUso'];

/** What is wrong with a body, as a validator of the OpenAPI says it: the path and never the value. */
export function schemaProblem(body: unknown): string | undefined {
  const { verifica, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const wrong = mismatch(typeof body === 'object' && body !== null && !Array.isArray(body) ? rest : body, SHAPE, '') ?? (verifica === undefined ? undefined : looseMismatch(verifica, 'verifica'));
  if (wrong !== undefined) return wrong;
  const missing = REQUIRED.find((path) => path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], body) === undefined);
  if (missing !== undefined) return `${missing}: Field is required.`;
  const { dataRiferimentoRichiesta } = (body as RequestE002).datiRichiesta;
  return /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(dataRiferimentoRichiesta) ? undefined : 'datiRichiesta.dataRiferimentoRichiesta: Value does not match format date.';
}

function mismatch(value: unknown, shape: Shape | true, path: string): string | undefined {
  if (value === null) return `${path}: Null value is not allowed.`;
  if (shape === true) return typeof value === 'string' ? undefined : `${path}: Type expected 'string'.`;
  if (typeof value !== 'object' || Array.isArray(value)) return `${path || 'body'}: Type expected 'object'.`;
  for (const [name, inner] of Object.entries(value)) {
    const at = path === '' ? name.slice(0, 60) : `${path}.${name.slice(0, 60)}`;
    const expected = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const wrong = expected === undefined ? `${at}: Additional property is not allowed.` : mismatch(inner, expected, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Declared data have many shapes: only that leaves are strings is checked. */
function looseMismatch(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return undefined;
  if (typeof value !== 'object' || value === null) return `${path}: Type expected 'string'.`;
  for (const [name, inner] of Object.entries(value)) {
    const wrong = looseMismatch(inner, `${path}.${name.slice(0, 60)}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
