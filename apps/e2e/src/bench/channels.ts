import { rm } from 'node:fs/promises';
import { startGeres, temporaryFolder, type Demo, type Running } from '../installation.js';
import { startSimulator, type Simulator } from '../testing/simulator.js';
import { certificateOf } from '../testing/certificates.js';
import { described, issuer, type Kept } from './certificates.js';
import { addedByChannel } from './channel-latency.js';
import { figure, percentile, type Figure } from './figures.js';
import { addComuni, type Member } from './fleet.js';
import { client, concurrently, mustHaveSucceeded } from './load.js';
import { rsaRate } from './openssl.js';
import { lookupBody, people } from './questions.js';
import { pdndAt, startResponder, wsAt, type Responder } from './responder.js';
import { thousands } from './thousands.js';

const CALLERS = 50;
/** Short, so that a machine that drifts drifts for all. */
const ROUND = 1000;
const ROUNDS = 5;
const TARGET = 0.6;

/** One Comune for each way to ask, with the same user, so that nothing else differs. */
const WAYS = {
  plain: { comune: 'L001', istat: '200001' },
  signed: { comune: 'L002', istat: '200002' },
  pdnd: { comune: 'L003', istat: '200003' },
  simulatorPlain: { comune: 'L004', istat: '200004' },
  simulatorSigned: { comune: 'L005', istat: '200005' },
} as const;
export type Way = keyof typeof WAYS;

/** What a channel with its full security costs, beside the same without. */
export async function channels(say: (text: string) => void): Promise<readonly Figure[]> {
  say('firme RSA-2048 della macchina');
  const rsa = await rsaRate();
  const responder = await startResponder();
  const simulator = await startSimulator('--people', '3000', '--security', 'accettata');
  const folder = await temporaryFolder();
  const figures: Figure[] = [];
  /** A run takes minutes: what it has found so far is told at once. */
  const keep = (more: readonly Figure[]): void => {
    figures.push(...more);
    for (const { name, value, unit } of more) say(`  ${name}: ${value} ${unit}`);
  };
  try {
    say('avvio di GeRes');
    const geres = await withWays(folder, responder, simulator);
    try {
      const known = await people(simulator.url, 3000);
      say('ricerche al secondo');
      keep(await throughput(geres.demo, known, responder, rsa));
      say('latenza aggiunta');
      keep(await addedByChannel(geres.demo, known, responder, { plain: WAYS.plain, signed: WAYS.signed, pdnd: WAYS.pdnd }));
    } finally {
      await geres.end();
    }
    say('2.000 Comuni (qualche minuto)');
    keep(await thousands(responder, say));
  } finally {
    await Promise.all([responder.close(), simulator.end()]);
    await rm(folder, { recursive: true, force: true });
  }
  return figures;
}

async function withWays(folder: string, responder: Responder, simulator: Simulator): Promise<Running> {
  const first = await startGeres(folder);
  await first.end();
  const keys = issuer();
  const { kid } = await described(keys);
  const ws = (way: Way, origin: string, security: 'none' | 'wss', kept?: Kept): Member => ({ ...WAYS[way], channel: 'ws', settings: wsAt(origin, WAYS[way].istat, security), ...(kept ? { kept } : {}) });
  await addComuni(first, [
    ws('plain', responder.url, 'none'),
    ws('signed', responder.url, 'wss', keys.issue(WAYS.signed.istat)),
    { ...WAYS.pdnd, channel: 'pdnd', settings: pdndAt(responder.url, kid), kept: { key: keys.key } },
    ws('simulatorPlain', simulator.url, 'none'),
    ws('simulatorSigned', simulator.url, 'wss', await certificateOf(simulator, `${WAYS.simulatorSigned.istat}-CO-9999`)),
  ]);
  return startGeres(folder);
}

async function throughput(demo: Demo, known: readonly string[], responder: Responder, rsa: number | undefined): Promise<readonly Figure[]> {
  const rates = await rounds(['plain', 'signed', 'pdnd'], demo, known);
  await mustHaveSigned(responder);
  const beside = await rounds(['simulatorPlain', 'simulatorSigned'], demo, known);
  const share = (one: Way, other: Way, of: Rates): number => (100 * of[one]!) / of[other]!;
  const signed = share('signed', 'plain', rates);
  return [
    ...(rsa === undefined ? [] : [figure('firme RSA-2048 al secondo, un core (openssl speed)', rsa, '/s')]),
    figure('ws senza firma, ricerche al secondo', rates.plain!, '/s'),
    figure('ws con WS-Security, ricerche al secondo', rates.signed!, '/s', { ...(rsa === undefined ? {} : { limit: rsa }) }),
    figure('ws con WS-Security rispetto a senza firma', signed, '%', { target: `≥ ${TARGET * 100} %`, met: signed >= TARGET * 100 }),
    figure('pdnd con voucher caldo, ricerche al secondo', rates.pdnd!, '/s', { ...(rsa === undefined ? {} : { limit: rsa }) }),
    figure('pdnd rispetto a ws senza firma', share('pdnd', 'plain', rates), '%'),
    figure('verso il simulatore, ws senza firma, ricerche al secondo', beside.simulatorPlain!, '/s'),
    figure('verso il simulatore che verifica, ws con WS-Security, ricerche al secondo', beside.simulatorSigned!, '/s'),
    figure('verso il simulatore, con WS-Security rispetto a senza firma', share('simulatorSigned', 'simulatorPlain', beside), '%'),
  ];
}

type Rates = Partial<Record<Way, number>>;

/** The ways take turns in short rounds; of each the median. */
async function rounds(ways: readonly Way[], demo: Demo, known: readonly string[]): Promise<Rates> {
  const all = new Map<Way, number[]>(ways.map((way) => [way, []]));
  for (const way of ways) await perSecond(way, demo, known, ROUND);
  for (let round = 0; round < ROUNDS; round++) for (const way of ways) all.get(way)!.push(await perSecond(way, demo, known, ROUND));
  return Object.fromEntries([...all].map(([way, values]) => [way, percentile(values, 0.5)]));
}

async function perSecond(way: Way, demo: Demo, known: readonly string[], total: number): Promise<number> {
  const one = client(demo.baseUrl, CALLERS);
  const headers = { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' };
  const path = `/api/v1/comuni/${WAYS[way].comune}/richieste`;
  const { results, ms } = await concurrently(total, CALLERS, (index) => one.post(path, headers, lookupBody(demo, known[index % known.length]!)));
  await one.close();
  // On a machine that others keep busy a few may find no rights that are fresh: they are no lookups.
  const answered = results.filter(({ status }) => status === 200);
  if (answered.length < 0.99 * total) mustHaveSucceeded(way, results);
  return answered.length / (ms / 1000);
}

/** A figure of signed lookups is worth nothing if they were not signed. */
async function mustHaveSigned(responder: Responder): Promise<void> {
  const { firmate, nonFirmate, pdnd, voucher } = await responder.asked();
  const each = ROUND * (ROUNDS + 1);
  if ([firmate, nonFirmate, pdnd].some((questions) => Math.abs(questions - each) > 0.01 * each) || voucher > 10) throw new Error(`the responder was asked otherwise: ${JSON.stringify({ firmate, nonFirmate, pdnd, voucher })}`);
}
