import { createPrivateKey } from 'node:crypto';
import { keySigner, type Signer } from '@geres/anpr/connector';
import forge from 'node-forge';
import type { Simulator } from './simulator.js';

const PASSWORD = 'parola-di-prova';

/** A certificate as the authority of the simulator hands it out, opened as a Comune opens the file that it gets: PKCS#12, by its password. */
export async function issuedBy(simulator: Simulator, postazione: string, stato = 'valido'): Promise<Signer> {
  const file = Buffer.from(await (await simulator.control('POST', 'certificati', { postazione, stato, password: PASSWORD })).arrayBuffer());
  const { pki, pkcs12, asn1 } = forge;
  const store = pkcs12.pkcs12FromAsn1(asn1.fromDer(file.toString('latin1')), PASSWORD);
  const bags = (type: string): readonly forge.pkcs12.Bag[] => store.getBags({ bagType: type })[type] ?? [];
  const [key] = bags(pki.oids['pkcs8ShroudedKeyBag']!);
  const chain = bags(pki.oids['certBag']!).map(({ cert }) => pki.certificateToPem(cert!));
  return keySigner(createPrivateKey(pki.privateKeyToPem(key!.key!)), chain.join(''));
}
