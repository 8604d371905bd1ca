import { createPrivateKey } from 'node:crypto';
import { keySigner, type Signer } from '@geres/anpr/connector';
import forge from 'node-forge';
import type { Simulator } from './simulator.js';

const PASSWORD = 'parola-di-prova';

/** A certificate as the authority of the simulator hands it out, opened as a Comune opens the file that it gets: PKCS#12, by its password. */
export async function issuedBy(simulator: Simulator, postazione: string, stato = 'valido'): Promise<Signer> {
  const { key, chain } = await opened(simulator, postazione, stato);
  return keySigner(createPrivateKey(key), chain);
}

/** The same in PEM: the key, and the certificate alone. */
export async function certificateOf(simulator: Simulator, postazione: string): Promise<{ readonly key: string; readonly certificate: string }> {
  const { key, chain } = await opened(simulator, postazione, 'valido');
  return { key, certificate: chain.slice(0, chain.indexOf(END) + END.length) };
}

const END = '-----END CERTIFICATE-----';

async function opened(simulator: Simulator, postazione: string, stato: string): Promise<{ readonly key: string; readonly chain: string }> {
  const file = Buffer.from(await (await simulator.control('POST', 'certificati', { postazione, stato, password: PASSWORD })).arrayBuffer());
  const { pki, pkcs12, asn1 } = forge;
  const store = pkcs12.pkcs12FromAsn1(asn1.fromDer(file.toString('latin1')), PASSWORD);
  const bags = (type: string): readonly forge.pkcs12.Bag[] => store.getBags({ bagType: type })[type] ?? [];
  const [key] = bags(pki.oids['pkcs8ShroudedKeyBag']!);
  const chain = bags(pki.oids['certBag']!).map(({ cert }) => pki.certificateToPem(cert!));
  return { key: pki.privateKeyToPem(key!.key!), chain: chain.join('') };
}
