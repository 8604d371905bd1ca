import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { heldKey, Ledgers, pdndChannel } from '@geres/anpr/connector';
import { CASI_USO, firstOperationId, SEGMENT, type CasoUso, type Dichiarati } from '@geres/anpr/protocol/pdnd';
import { PdndSettings, romeDay, type LookupRequest } from '@geres/contracts';
import { memoryCollections } from '@geres/kernel/testing';
import { ComuneDirectory } from '@geres/platform/auth';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from './testing/simulator.js';

const ROMA = { comune: 'H501', name: 'ROMA', province: 'RM', istat: '058091' } as const;
/** SINTETICI PROVA, the first of the fixed cases. */
const RESIDENT = 'SNTPRV85C55H501U';
const MODIPA = 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR';
const client = randomUUID();
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signer = heldKey(privateKey, []);
const purposes = Object.fromEntries(CASI_USO.map((casoUso) => [casoUso, randomUUID()])) as Record<CasoUso, string>;
const comuni = new ComuneDirectory();
comuni.put({ comune: ROMA.comune, name: ROMA.name, province: ROMA.province, istatCodes: [{ code: ROMA.istat, from: '1871-01-15' }] });

let simulator: Simulator;
/** What a Comune does in the back office of PDND. */
beforeAll(async () => {
  simulator = await startSimulator('--people', '50');
  const { kid } = (await (await simulator.control('POST', 'pdnd/chiavi', { clientId: client, chiave: publicKey.export({ type: 'spki', format: 'pem' }) })).json()) as { readonly kid: string };
  expect(kid).toBe(signer.kid);
  for (const [casoUso, purposeId] of Object.entries(purposes)) await simulator.control('PUT', 'pdnd/finalita', { purposeId, clientId: client, casoUso });
  await simulator.control('PUT', 'pdnd/comportamento', { tokenAlSecondo: 1_000 });
});
afterAll(() => simulator.end());

type Profile = NonNullable<PdndSettings['profiles']['C020']>;

interface Asking {
  readonly request?: Partial<LookupRequest>;
  readonly declared?: Dichiarati;
  readonly settings?: Partial<PdndSettings>;
  readonly profile?: Partial<Profile>;
}

const urlOf = (casoUso: CasoUso): string => `${simulator.url}/govway/rest/in/MinInternoPortaANPR-PDND/${SEGMENT[casoUso]}/v1/anpr-service-e002`;

/** Each question resolves its codice fiscale by itself. */
const idAnprs = { find: () => Promise.resolve(undefined), keep: () => Promise.resolve() };
let last: string | undefined;
async function asked({ request = {}, declared, settings = {}, profile = {} }: Asking = {}) {
  const profiles = Object.fromEntries(
    CASI_USO.map((casoUso) => [casoUso, { url: urlOf(casoUso), audience: `${MODIPA}/${SEGMENT[casoUso]}/v1`, purposeId: purposes[casoUso], kid: signer.kid, dailyQuota: 100, ...profile }]),
  );
  const configured = PdndSettings.parse({
    tokenEndpoint: `${simulator.url}/token.oauth2`,
    assertionAudience: 'auth.uat.interop.pagopa.it/client-assertion',
    issuer: 'uat.interop.pagopa.it',
    jwksUrl: `${simulator.url}/.well-known/jwks.json`,
    clientId: client,
    timeoutMs: 20_000,
    maxInFlight: 4,
    maxQueued: 4,
    profiles,
    ...settings,
  });
  const ledgers = new Ledgers(memoryCollections().collection({ name: 'pdnd-ledgers' }));
  const channel = pdndChannel({ clock: () => new Date(), comuni: () => comuni, signerOf: () => Promise.resolve(signer), ledgers, idAnprs });
  last = firstOperationId(new Date(), last);
  try {
    return await channel({
      lookup: ulid(),
      operationId: last,
      comune: ROMA,
      settings: configured,
      request: { servizio: 'residenza', modalita: 'consultazione', soggetto: { codiceFiscale: RESIDENT }, motivo: 'TRIB-01', pratica: 'P/1', ...request },
      referenceDay: romeDay(new Date()),
      sections: ['2', '10', '28'],
      territory: 'nazionale',
      environment: 'test',
      askBy: new Date(Date.now() + 30_000),
      forbids: () => undefined,
      signal: new AbortController().signal,
      caller: { user: ulid(), location: 'sportello-07' },
      further: async () => undefined,
      ...(declared ? { declared } : {}),
    });
  } finally {
    await channel.close();
  }
}

/** What PDND and ANPR do differently while `during` runs. */
async function behaving<Result>(knobs: object, during: () => Promise<Result>): Promise<Result> {
  await simulator.control('PUT', 'pdnd/comportamento', knobs);
  try {
    return await during();
  } finally {
    await simulator.control('DELETE', 'pdnd/comportamento');
    await simulator.control('PUT', 'pdnd/comportamento', { tokenAlSecondo: 1_000 });
  }
}

describe('a question over PDND', () => {
  it('about the residence at a codice fiscale gets a voucher and an idANPR, and is answered with the person', async () => {
    const outcome = await asked();
    expect(outcome).toMatchObject({ kind: 'answered', persons: 1, risposta: { esito: 'trovato', soggetti: [{ codiceFiscale: RESIDENT, residenza: [{}] }] } });
    expect(outcome).toHaveProperty('anprOperationId', expect.stringMatching(/^\d+$/));
  });

  it('may go by codice fiscale alone, which ANPR minds', async () => {
    expect(await asked({ settings: { searchBy: 'codiceFiscale' } })).toMatchObject({ risposta: { esito: 'trovato' } });
  });

  it.each(['generalita', 'cittadinanza', 'esistenza-in-vita', 'stato-famiglia', 'id-anpr'] as const)('about %s is answered', async (servizio) => {
    expect(await asked({ request: { servizio } })).toMatchObject({ kind: 'answered', risposta: { esito: 'trovato' } });
  });

  it.each([
    ['is who was asked about alive', { servizio: 'esistenza-in-vita' }, '7', 'confermato'],
    ['does she live where she says', { servizio: 'residenza' }, '7', 'confermato'],
    ['does she live next door', { servizio: 'residenza' }, '9', 'non-confermato'],
  ] as const)('may ask ANPR to confirm: %s', async (_, request, numero, esito) => {
    const residenza = { comune: { nome: 'ROMA', provincia: 'RM', codiceIstat: ROMA.istat }, toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE TECNICHE' }, numeroCivico: { numero, lettera: 'B', interno: '12' } };
    expect(await asked({ request: { ...request, modalita: 'verifica' }, declared: { residenza } })).toMatchObject({ kind: 'answered', risposta: { esito } });
  });

  it('is answered under the old regime of operation ids too, one after the other', async () => {
    const asking: Asking = { profile: { regime: 'vecchio' } };
    const answers = await behaving({ regimeIdOperazione: 'vecchio' }, async () => [await asked(asking), await asked(asking)]);
    expect(answers).toMatchObject([{ risposta: { esito: 'trovato' } }, { risposta: { esito: 'trovato' } }]);
  });

  it('finds nobody at a codice fiscale that nobody has', async () => {
    expect(await asked({ request: { soggetto: { codiceFiscale: 'SCNSCT80A01H501X' } } })).toMatchObject({ kind: 'answered', risposta: { esito: 'non-trovato' } });
  });
});

describe('PDND gives no voucher, without saying why,', () => {
  it.each<[what: string, codice: string, asking: Asking]>([
    ['for a purpose that it does not know', '0006', { profile: { purposeId: randomUUID() } }],
    ['to an assertion for another audience', '0004', { settings: { assertionAudience: 'auth.interop.pagopa.it/client-assertion' } }],
    ['to a client that it does not know', '0006', { settings: { clientId: randomUUID() } }],
  ])('%s', async (_, codice, asking) => {
    expect(await asked(asking)).toMatchObject({ kind: 'failed', problem: 'connessione-non-attiva', detail: 'pdnd 400 015-0008' });
    expect(await simulator.refusal()).toEqual({ visto: '400 015-0008', causa: codice });
  });

  it('for a purpose that is suspended', async () => {
    const purposeId = randomUUID();
    await simulator.control('PUT', 'pdnd/finalita', { purposeId, clientId: client, casoUso: 'C030', finalita: 'sospesa' });
    expect(await asked({ profile: { purposeId } })).toMatchObject({ problem: 'connessione-non-attiva', detail: 'pdnd 400 015-0008' });
    expect(await simulator.refusal()).toEqual({ visto: '400 015-0008', causa: '0020' });
  });
});

it('a voucher for another e-service than the profile says is seen before ANPR is asked', async () => {
  const before = await simulator.refusal();
  expect(await asked({ profile: { purposeId: purposes.C015 } })).toMatchObject({ problem: 'connessione-non-attiva', detail: 'voucher-audience' });
  expect(await simulator.refusal()).toEqual(before);
});

describe('ANPR refuses', () => {
  it('a voucher at the address of another e-service', async () => {
    expect(await asked({ profile: { url: urlOf('C015') } })).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: '403-AuthorizationTokenDeny' });
    expect(await simulator.refusal()).toEqual({ visto: '403 AuthorizationTokenDeny', causa: 'TOKEN_DENY' });
  });

  it('a voucher that for its own clock does not hold yet', async () => {
    const outcome = await behaving({ scartoErogatoreSecondi: -15 }, () => asked());
    expect(outcome).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: '401-TokenNotBefore' });
    expect(await simulator.refusal()).toEqual({ visto: '401 TokenNotBefore', causa: 'TOKEN_NBF' });
  });

  it('a message that is too old for it: the masked error', async () => {
    const outcome = await behaving({ etaIatSecondi: 1 }, () => asked());
    expect(outcome).toMatchObject({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: '400-InteroperabilityInvalidRequest' });
    expect(await simulator.refusal()).toEqual({ visto: '400 InteroperabilityInvalidRequest', causa: 'SIG_OLD' });
  });

  it('a call past the quota of the day', async () => {
    const outcome = await behaving({ quotaGiornaliera: 0 }, () => asked());
    expect(outcome).toMatchObject({ kind: 'failed', problem: 'quota-superata', detail: '429-LimitExceeded' });
  });
});
