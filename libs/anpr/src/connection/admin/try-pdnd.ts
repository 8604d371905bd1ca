import { rootCertificates } from 'node:tls';
import type { CasoUso, ConnectionTest, PdndProfile, PdndSettings } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import { Agent } from 'undici';
import type { Signer } from '../../channel/pdnd/signer.js';
import { obtain, pdndKeys } from '../../channel/pdnd/voucher-request.js';
import { CannotSign } from '../../protocol/wss/index.js';
import type { TestStep } from './explained.domain.js';
import { voucherStep } from './failures.domain.js';

export interface PdndTrial {
  readonly settings: PdndSettings;
  /** The first that is configured, if absent. */
  readonly service: CasoUso | undefined;
  /** Opaque id of who tries: PDND and ANPR keep it. */
  readonly user: string;
  readonly signerOf: (kid: string) => Promise<Signer | undefined>;
  readonly clock: Clock;
}

/** A handshake with PDND that takes longer is as good as none. */
const CONNECT_MS = 5000;
const PDND_ASSERTION = /^auth(?:\.\w+)?\.interop\.pagopa\.it$/;

/** Asks PDND for a voucher as a lookup would, and says what failed. ANPR is not called, no person is asked about. */
export async function tryPdnd(trial: PdndTrial): Promise<ConnectionTest> {
  const started = performance.now();
  const fault = await voucherFaultOf(trial);
  const elapsedMs = Math.round(performance.now() - started);
  return fault ? { succeeded: false, ...fault, elapsedMs } : { succeeded: true, elapsedMs };
}

interface Fault {
  readonly step: TestStep;
  readonly detail?: string;
}

async function voucherFaultOf({ settings, service, user, signerOf, clock }: PdndTrial): Promise<Fault | undefined> {
  const profile = profileOf(settings, service);
  if (!profile) return { step: 'impostazioni' };
  if (!isOwnAudience(settings)) return { step: 'audience', detail: 'audienceAsserzione' };
  const signer = await signerOf(profile.kid);
  if (!signer) return { step: 'kid' };
  const { clientId, jwksUrl, loa, ca } = settings;
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS, ...(ca ? { ca: [...rootCertificates, ...ca] } : {}) } });
  try {
    const who = { clientId, audience: profile.audience, purposeId: profile.purposeId, userId: user.slice(0, settings.evidenceMax), userLocation: 'prova', loa };
    const got = await obtain({ settings, profile, signer, who, dispatcher, clock }, pdndKeys(jwksUrl, dispatcher));
    if (got.kind === 'grant') return undefined;
    const detail = got.detail ?? got.problem;
    return { step: voucherStep(detail), detail: detail.slice(0, 60) };
  } catch (error) {
    if (error instanceof CannotSign) return { step: 'chiave' };
    throw error;
  } finally {
    await dispatcher.close();
  }
}

const profileOf = ({ profiles }: PdndSettings, service: CasoUso | undefined): PdndProfile | undefined => (service === undefined ? Object.values(profiles)[0] : profiles[service]);

/** PDND's own token endpoint wants the audience of its own host, and says nothing about another. */
function isOwnAudience({ tokenEndpoint, assertionAudience }: PdndSettings): boolean {
  const { hostname } = new URL(tokenEndpoint);
  return !PDND_ASSERTION.test(hostname) || assertionAudience === `${hostname}/client-assertion`;
}
