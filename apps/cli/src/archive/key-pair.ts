import { newTransportKey } from '@geres/platform/keys';
import { writeFile } from 'node:fs/promises';

export interface WrittenKeyPair {
  readonly privateFile: string;
  readonly publicFile: string;
  /** RFC 7638 thumbprint, as the archive and the exported file name it. */
  readonly id: string;
}

/** Never over a key that is there. */
export async function writeKeyPair(file: string): Promise<WrittenKeyPair> {
  const { publicPem, privatePem, id } = await newTransportKey();
  const publicFile = `${file}.pub`;
  await writeFile(file, privatePem, { mode: 0o600, flag: 'wx' });
  await writeFile(publicFile, publicPem, { mode: 0o644, flag: 'wx' });
  return { privateFile: file, publicFile, id };
}
