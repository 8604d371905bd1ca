import type { Indirizzo } from '@geres/contracts';
import { addressKind, plainCode, type Tables } from '../../tables/tables.js';
import { at, child, date, text, type Node } from './tree.js';

/** Kinds of table 25. */
const RESIDENCE = '1';
const HABITUAL = '2';
const ABROAD = '4';
const OTHER = '9';

/**
 * Which of several addresses count: abroad for AIRE, else residence, else habitual abode; of several of the same kind the one with the latest date; if that
 * does not tell them apart, all of them.
 */
export function chosenAddresses(addresses: readonly Node[], aire: boolean): readonly Node[] {
  const kind = [...(aire ? [ABROAD] : []), RESIDENCE, HABITUAL].find((one) => addresses.some((address) => kindOf(address) === one));
  const same = kind === undefined ? addresses : addresses.filter((address) => kindOf(address) === kind);
  const latest = same.map((address) => date(address, 'dataDecorrenzaResidenza') ?? '').reduce((a, b) => (a > b ? a : b), '');
  return same.filter((address) => (date(address, 'dataDecorrenzaResidenza') ?? '') === latest);
}

const kindOf = (address: Node): string | undefined => plainCode(text(address, 'tipoIndirizzo'));

/** ISTAT code of the Comune of an address in Italy. */
export const comuneOfAddress = (address: Node): string | undefined => text(at(address, 'indirizzo', 'comune'), 'codiceIstat');

const present = <T extends object>(members: T): T => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
const emptyAsUndefined = <T extends object>(members: T): T | undefined => (Object.keys(members).length === 0 ? undefined : members);

/** A place in Italy as ANPR names it; `catastaleOf` knows the Comuni of this installation. */
export function comuneOf(node: Node, catastaleOf: (istat: string) => string | undefined) {
  const codiceIstat = text(node, 'codiceIstat');
  return present({ codiceIstat, codiceCatastale: codiceIstat === undefined ? undefined : catastaleOf(codiceIstat), nome: text(node, 'nomeComune') ?? '', provincia: text(node, 'siglaProvinciaIstat') });
}

export function addressOf(node: Node, catastaleOf: (istat: string) => string | undefined, tables?: Tables): Indirizzo {
  const common = { tipo: addressKind(text(node, 'tipoIndirizzo') ?? OTHER, tables), presso: text(node, 'presso'), decorrenza: date(node, 'dataDecorrenzaResidenza') };
  const italian = child(node, 'indirizzo');
  if (italian) return present({ ...common, ...italianAddress(italian, catastaleOf) }) as Indirizzo;
  const abroad = child(node, 'localitaEstera');
  return present({ ...common, ...(abroad ? foreignAddress(abroad) : {}) }) as Indirizzo;
}

function italianAddress(node: Node, catastaleOf: (istat: string) => string | undefined) {
  const place = child(node, 'comune');
  const comune = place && comuneOf(place, catastaleOf);
  const street = child(node, 'toponimo');
  const toponimo = emptyAsUndefined(present({ specie: text(street, 'specie'), denominazione: text(street, 'denominazioneToponimo') }));
  const civico = child(node, 'numeroCivico');
  const numeroCivico = houseNumber(civico);
  const cap = text(node, 'cap');
  const frazione = text(node, 'frazione');
  const altro = inside(child(civico, 'civicoInterno'));
  return present({ indirizzoCompleto: oneLine({ toponimo, numeroCivico, altro, frazione, cap, comune }), comune, cap, frazione, toponimo, numeroCivico });
}

function houseNumber(node: Node | undefined): NonNullable<Indirizzo['numeroCivico']> | undefined {
  if (!node) return undefined;
  const inner = child(node, 'civicoInterno');
  return emptyAsUndefined(
    present({
      numero: text(node, 'numero'),
      metrico: text(node, 'metrico'),
      senzaNumero: text(node, 'progSNC') === undefined ? undefined : true,
      lettera: text(node, 'lettera'),
      esponente: text(node, 'esponente1'),
      corte: text(inner, 'corte'),
      scala: text(inner, 'scala'),
      piano: text(inner, 'piano'),
      interno: joined(text(inner, 'interno1'), text(inner, 'espInterno1')),
    }) as NonNullable<Indirizzo['numeroCivico']>,
  );
}

const joined = (...parts: readonly (string | undefined)[]): string | undefined => parts.filter(Boolean).join('/') || undefined;

/** What the one line says of an inside besides the members of `numeroCivico`: nothing of an address is lost in it. */
const inside = (node: Node | undefined): string =>
  [
    ['scala esterna', text(node, 'scalaEsterna')],
    ['int.', joined(text(node, 'interno2'), text(node, 'espInterno2'))],
    ['isolato', text(node, 'isolato')],
  ]
    .flatMap(([name, value]) => (value === undefined ? [] : `${name} ${value}`))
    .join(' ');

/** `VIA` → `Via`; names stay as ANPR writes them. */
const titled = (specie: string): string => specie.charAt(0).toUpperCase() + specie.slice(1).toLowerCase();

type Italian = Pick<Indirizzo, 'toponimo' | 'numeroCivico' | 'frazione' | 'cap'> & { readonly altro: string; readonly comune?: { readonly nome: string; readonly provincia?: string | undefined } | undefined };

/** “Via DELLE PROVE 7/B scala A piano 3 int. 12, 00183 ROMA (RM)”. */
function oneLine({ toponimo, numeroCivico, altro, frazione, cap, comune }: { readonly [K in keyof Italian]: Italian[K] | undefined }): string | undefined {
  const street = [toponimo?.specie && titled(toponimo.specie), toponimo?.denominazione, numbered(numeroCivico), altro].filter(Boolean).join(' ');
  const town = [cap, comune?.nome, comune?.provincia && `(${comune.provincia})`].filter(Boolean).join(' ');
  return [street, frazione && `fraz. ${frazione}`, town].filter(Boolean).join(', ') || undefined;
}

function numbered(number: Indirizzo['numeroCivico']): string {
  if (!number) return '';
  const { numero, metrico, senzaNumero, lettera, esponente, corte, scala, piano, interno } = number;
  const main = numero !== undefined ? [numero, lettera, esponente].filter(Boolean).join('/') : metrico !== undefined ? `km ${kilometres(metrico)}` : senzaNumero ? 'SNC' : '';
  return [main, corte && `corte ${corte}`, scala && `scala ${scala}`, piano && `piano ${piano}`, interno && `int. ${interno}`].filter(Boolean).join(' ');
}

/** Metres as road signs write them: 12500 → 12+500. */
const kilometres = (metres: string): string => (/^\d+$/.test(metres) ? `${Math.floor(Number(metres) / 1000)}+${String(Number(metres) % 1000).padStart(3, '0')}` : metres);

function foreignAddress(node: Node) {
  const address = child(node, 'indirizzoEstero');
  const place = child(address, 'localita');
  const street = child(address, 'toponimo');
  const indirizzo = [text(street, 'denominazione'), text(street, 'numeroCivico')].filter(Boolean).join(' ') || undefined;
  const estero = present({
    codiceStato: text(place, 'codiceStato'),
    stato: text(place, 'descrizioneStato'),
    localita: text(place, 'descrizioneLocalita'),
    indirizzo,
    cap: text(address, 'cap'),
    consolato: text(child(node, 'consolato'), 'descrizioneConsolato'),
  });
  return { estero, indirizzoCompleto: [indirizzo, [estero.cap, estero.localita].filter(Boolean).join(' '), estero.stato].filter(Boolean).join(', ') || undefined };
}
