import type { PdndProfile, PdndSettings } from '@geres/contracts';
import { memoryCollections } from '@geres/kernel/testing';
import { ComuneDirectory } from '@geres/platform/auth';
import type { ChannelOutcome, ChannelQuestion } from '../channel/channel.js';
import { Ledgers } from '../channel/pdnd/ledgers.js';
import { pdndChannel, type PdndPorts } from '../channel/pdnd.channel.js';
import { ID_ANPR, ok, OWN, residenza, soggetto } from './pdnd-answers.js';
import { pdndServer, signer, type PdndServer } from './pdnd-server.js';
import { pdndSettings } from './pdnd-settings.js';

export const LOOKUP = '01JGATEWAY0EXAMP0000000001';
export const FIRST = '1795428000000000';
export const NOW = new Date('2026-11-23T09:00:00.500Z');
const comuni = new ComuneDirectory();
comuni.put({ comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istatCodes: [{ code: OWN, from: '2000-01-01' }] });

export type Changes = Partial<Omit<ChannelQuestion<PdndSettings>, 'request'>> & { readonly request?: Partial<ChannelQuestion['request']> };

/** The channel of one Comune, and PDND and ANPR before it. */
export interface World {
  readonly pdnd: PdndServer;
  readonly ask: (changes?: Changes) => Promise<ChannelOutcome>;
  /** Operation ids of further calls, in the order in which they were made durable. */
  readonly recorded: string[];
  /** Both clocks. */
  at(now: Date): void;
  close(): Promise<void>;
}

export interface Setting {
  readonly profile?: Partial<PdndProfile>;
  readonly settings?: Partial<PdndSettings>;
  readonly ports?: Partial<PdndPorts>;
}

export const FOUND = ok([soggetto({ residenza: [residenza()] })]);

/** What a channel over PDND needs of its house: one key, calls that are counted from nothing, nobody known yet. */
export const pdndPorts = (): Pick<PdndPorts, 'signerOf' | 'ledgers' | 'idAnprs'> => ({
  signerOf: (_, kid) => Promise.resolve(kid === signer.kid ? signer : undefined),
  ledgers: new Ledgers(memoryCollections().collection({ name: 'pdnd-ledgers' })),
  idAnprs: { find: () => Promise.resolve(undefined), keep: () => Promise.resolve() },
});

export async function pdndWorld({ profile = {}, settings = {}, ports = {} }: Setting = {}): Promise<World> {
  const pdnd = await pdndServer(NOW);
  pdnd.answer = ({ casoUso }) => ({ body: casoUso === 'C030' ? ok([{ identificativi: { idANPR: ID_ANPR } }]) : FOUND });
  const configured = pdndSettings({ origin: pdnd.origin, kid: signer.kid, profile, settings: { maxInFlight: 4, maxQueued: 4, ...settings } });
  let now = NOW;
  const channel = pdndChannel({ clock: () => now, comuni: () => comuni, ...pdndPorts(), ...ports });
  const recorded: string[] = [];
  return {
    pdnd,
    recorded,
    async close() {
      await channel.close();
      await pdnd.close();
    },
    at: (instant) => void (now = pdnd.now = instant),
    ask: ({ request = {}, ...changes } = {}) =>
      channel({
        lookup: LOOKUP,
        operationId: FIRST,
        comune: { comune: 'Z999', name: 'COMUNE DI ESEMPIO', province: 'ZZ', istat: OWN },
        settings: configured,
        request: { servizio: 'residenza', modalita: 'consultazione', soggetto: { idANPR: ID_ANPR }, motivo: 'TRIB-01', pratica: 'P/1', ...request },
        referenceDay: '2026-11-23',
        sections: ['2', '10', '28'],
        territory: 'nazionale',
        environment: 'test',
        askBy: new Date(now.getTime() + 30_000),
        forbids: () => undefined,
        signal: new AbortController().signal,
        caller: { user: '01JUSER000SYNTHETIC0000042', location: 'sportello-07' },
        further: async (operationId) => void recorded.push(operationId),
        ...changes,
      }),
  };
}
