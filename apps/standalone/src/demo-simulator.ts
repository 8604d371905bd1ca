import type { DemoPdndClient, DemoSigning, VaultPorts } from '@geres/anpr';
import { connectionKeys } from '@geres/anpr/connector';
import type { Clock } from '@geres/platform';
import { randomBytes, X509Certificate } from 'node:crypto';

/** The simulator's control API, as far as the demo needs it. Errors: what it refused. */
async function control(simulator: string, method: 'POST' | 'PUT', path: string, body: object, accepted: readonly number[] = [200, 201]): Promise<Response> {
  const response = await fetch(`${simulator}/controllo/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!accepted.includes(response.status)) throw new Error(`the simulator refused ${method} ${path}: HTTP ${response.status}`);
  return response;
}

/** Test certificates of the simulator's authority. */
export const certificateFrom =
  (simulator: string): DemoSigning['issue'] =>
  async (postazione) => {
    const password = randomBytes(18).toString('base64url');
    const response = await control(simulator, 'POST', 'certificati', { postazione, password });
    return { pkcs12: Buffer.from(await response.arrayBuffer()), password };
  };

/** Whether the certificate in use is of the simulator's authority as it is now. */
export const trustedBy =
  (simulator: string, vault: VaultPorts, clock: Clock): DemoSigning['isTrusted'] =>
  async (comune, certificates) => {
    const authority = new X509Certificate(await (await fetch(`${simulator}/controllo/autorita`)).text());
    const held = await connectionKeys({ ...vault, certificates: () => certificates }).inUse(comune, 'ws', 'firma', clock());
    return held?.certificate?.verify(authority.publicKey) ?? false;
  };

/** What a Comune does in the back office of PDND: its purposes, and the public key of its client (409: it is there already). */
export const registerAt =
  (simulator: string) =>
  async ({ clientId, publicKey, purposes }: DemoPdndClient): Promise<void> => {
    for (const [casoUso, purposeId] of Object.entries(purposes)) await control(simulator, 'PUT', 'pdnd/finalita', { purposeId, clientId, casoUso });
    await control(simulator, 'POST', 'pdnd/chiavi', { clientId, chiave: publicKey }, [201, 409]);
  };
