import { buildRichiesta7001, buildRichiesta7003, parseRisposta7001, parseRisposta7003, PROTOCOL, RispostaIllegibile, type Risposta7003, type Versione } from '../protocol/soap/index.js';
import { DECODED_BY, tableIn } from '../tables/downloaded.js';
import { plainCode, type Tables } from '../tables/tables.js';
import { callService, type Called, type ServicePorts, type Unanswered } from './service-call.js';

type Versions = Pick<Extract<Risposta7003, { kind: 'ok' }>, 'corrente' | 'supportate'>;

/** The versions of the protocol that ANPR supports (7003): asked once a day. */
export const supportedVersions = (ports: ServicePorts): Promise<Called<Versions>> => callService(ports, { service: '7000', build: buildRichiesta7003, parse: ({ xml }) => parseRisposta7003(xml) });

/** How long the version that GeRes speaks is supported; `fino` is there where ANPR has set its last day. */
export interface Support {
  readonly supportata: boolean;
  readonly fino?: string;
  /** The version that ANPR is at. */
  readonly corrente: string;
}

/** Pure. `today`: civil day in Europe/Rome. */
export function supportOf({ corrente, supportate }: Versions, today: string, speaks: string = PROTOCOL): Support {
  const ours = [corrente, ...supportate].filter(({ codDestinatario }) => codDestinatario === speaks);
  const inForce = ({ dal, fino }: Versione): boolean => (dal === undefined || dal <= today) && (fino === undefined || today <= fino);
  const valid = ours.filter(inForce);
  // A version that is listed twice is supported as long as one of the two is.
  const ends = valid.map(({ fino }) => fino);
  const last = ends.includes(undefined) ? undefined : ends.toSorted().at(-1);
  return { supportata: valid.length > 0, ...(last === undefined ? {} : { fino: last }), corrente: corrente.codDestinatario };
}

export interface Downloaded {
  readonly tables: Tables;
  /** What could not be had, by table: those keep being decoded by what is known already. */
  readonly failed: ReadonlyMap<string, Unanswered>;
}

/** The code tables of ANPR (7001), one after the other: whoever keeps them puts them over those kept before. */
export async function downloadTables(ports: ServicePorts, ids: readonly string[] = DECODED_BY): Promise<Downloaded> {
  const tables = new Map<string, ReadonlyMap<string, string>>();
  const failed = new Map<string, Unanswered>();
  for (const id of ids) {
    const called = await downloadTable(ports, id);
    if (called.kind === 'failed') failed.set(id, called);
    else tables.set(plainCode(id)!, called.answer.codes);
  }
  return { tables, failed };
}

const downloadTable = (ports: ServicePorts, id: string) =>
  callService(ports, {
    service: '7000',
    build: (mittente) => buildRichiesta7001(mittente, id),
    parse: ({ xml, binaries }) => {
      const risposta = parseRisposta7001(xml, binaries);
      if (risposta.kind !== 'ok') return risposta;
      if (plainCode(risposta.table) !== plainCode(id)) throw new RispostaIllegibile('another table');
      return { kind: 'ok' as const, testata: risposta.testata, codes: tableIn(risposta.files) };
    },
  });
