/** Something about the key-encryption keys is wrong. The message is for whoever starts the process and never holds a key. */
export class UnusableKeys extends Error {
  override readonly name = 'UnusableKeys';
}
