/** What a PKCS#11 module has answered instead of CKR_OK. */
export class CryptokiRefused extends Error {
  override readonly name = 'CryptokiRefused';
  constructor(
    readonly call: string,
    readonly code: number,
  ) {
    super(`${call}: 0x${code.toString(16)}`);
  }
}

/** The library that calls C is not installed on this machine, or does not load the module. */
export class CannotLoad extends Error {
  override readonly name = 'CannotLoad';
  constructor(
    readonly what: 'koffi' | 'module',
    options: ErrorOptions,
  ) {
    super(what, options);
  }
}

/** An RSA private key of the token. */
export interface TokenKey {
  readonly handle: bigint;
  /** Big-endian, without sign. */
  readonly modulus: Buffer;
  readonly exponent: Buffer;
  /** The PIN is asked for at each signature. */
  readonly alwaysAuthenticate: boolean;
}

/** The few functions of PKCS#11 that signing takes. Every call is made on the thread pool. Errors: `CryptokiRefused`. */
export interface Cryptoki {
  slotsWithToken(): Promise<readonly bigint[]>;
  tokenLabel(slot: bigint): Promise<string>;
  openSession(slot: bigint): Promise<bigint>;
  closeSession(session: bigint): Promise<void>;
  login(session: bigint, user: 'user' | 'context-specific', pin: string): Promise<void>;
  /** RSA private keys with that label, two at most. */
  keys(session: bigint, label: string): Promise<readonly TokenKey[]>;
  /** PKCS#1 v1.5 over a `DigestInfo`: every device has this mechanism, whatever the hash. */
  sign(session: bigint, key: TokenKey, digestInfo: Buffer, authenticate: () => Promise<void>): Promise<Buffer>;
}

/* What is used of koffi. It is an optional dependency: where it could not be installed, this file still compiles. */
interface Func {
  async(...given: readonly unknown[]): void;
}
interface Koffi {
  load(path: string): { func(name: string, result: string, given: readonly unknown[]): Func };
  struct(members: object): unknown;
  pack(members: object): unknown;
  pointer(type: unknown): unknown;
  inout(type: unknown): unknown;
  sizeof(type: string): number;
}

const KOFFI = 'koffi';
const CKR = { ok: 0, alreadyInitialized: 0x191, alreadyLoggedIn: 0x100, attributeTypeInvalid: 0x12 } as const;
const CKA = { class: 0x0, label: 0x3, keyType: 0x100, modulus: 0x120, publicExponent: 0x122, alwaysAuthenticate: 0x202 } as const;
const CKO_PRIVATE_KEY = 3;
const CKK_RSA = 0;
const CKM_RSA_PKCS = 1;
const CKF_OS_LOCKING_OK = 2;
const CKF_SERIAL_SESSION = 4;
const CKU = { user: 1, 'context-specific': 2 } as const;
/** Of the largest RSA key that is admitted. */
const SIGNATURE_BYTES = 1024;
const LABEL_BYTES = 32;

interface Attribute {
  readonly type: number;
  readonly pValue: Buffer | null;
  readonly ulValueLen: number | bigint;
}

/** Loads a module and initialises it for the whole process. Errors: `CannotLoad`, `CryptokiRefused`. */
export async function loadCryptoki(module: string): Promise<Cryptoki> {
  const koffi = await import(KOFFI).then(
    (loaded: { readonly default: Koffi }) => loaded.default,
    (cause: unknown) => {
      throw new CannotLoad('koffi', { cause });
    },
  );
  const call = bound(koffi, module);
  const words = wordsOf(koffi);

  const initialise = Buffer.alloc(5 * koffi.sizeof('void *') + words.size);
  words.number(CKF_OS_LOCKING_OK).copy(initialise, 4 * koffi.sizeof('void *'));
  await call('C_Initialize', initialise).catch(unless(CKR.alreadyInitialized));

  const attribute = (type: number, pValue: Buffer): Attribute => ({ type, pValue, ulValueLen: pValue.length });
  const valuesOf = async (session: bigint, handle: bigint, types: readonly number[]): Promise<readonly Buffer[]> => {
    const asked: Attribute[] = types.map((type) => ({ type, pValue: null, ulValueLen: 0 }));
    await call('C_GetAttributeValue', session, handle, asked, asked.length);
    const values = asked.map(({ ulValueLen }) => Buffer.alloc(Number(ulValueLen)));
    await call('C_GetAttributeValue', session, handle, types.map((type, n) => attribute(type, values[n]!)), types.length);
    return values;
  };

  return {
    async slotsWithToken() {
      const count = words.number(0);
      await call('C_GetSlotList', 1, null, count);
      const slots = Buffer.alloc(words.size * Number(words.at(count)));
      if (slots.length > 0) await call('C_GetSlotList', 1, slots, count);
      return Array.from({ length: Number(words.at(count)) }, (_, n) => words.at(slots, n));
    },
    async tokenLabel(slot) {
      const info = Buffer.alloc(512);
      await call('C_GetTokenInfo', slot, info);
      return info.toString('utf8', 0, LABEL_BYTES).trimEnd();
    },
    async openSession(slot) {
      const session = words.number(0);
      await call('C_OpenSession', slot, CKF_SERIAL_SESSION, null, null, session);
      return words.at(session);
    },
    closeSession: (session) => call('C_CloseSession', session),
    async login(session, user, pin) {
      const bytes = Buffer.from(pin);
      await call('C_Login', session, CKU[user], bytes, bytes.length).catch(unless(CKR.alreadyLoggedIn));
    },
    async keys(session, label) {
      const template = [attribute(CKA.class, words.number(CKO_PRIVATE_KEY)), attribute(CKA.keyType, words.number(CKK_RSA)), attribute(CKA.label, Buffer.from(label))];
      const found = Buffer.alloc(2 * words.size);
      const count = words.number(0);
      await call('C_FindObjectsInit', session, template, template.length);
      await call('C_FindObjects', session, found, 2, count).finally(() => call('C_FindObjectsFinal', session));
      return Promise.all(
        Array.from({ length: Number(words.at(count)) }, async (_, n) => {
          const handle = words.at(found, n);
          const [modulus, exponent] = await valuesOf(session, handle, [CKA.modulus, CKA.publicExponent]);
          // Older modules do not know the question: then the answer is no.
          const [always] = await valuesOf(session, handle, [CKA.alwaysAuthenticate]).catch(unless(CKR.attributeTypeInvalid)).then((values) => values ?? []);
          return { handle, modulus: modulus!, exponent: exponent!, alwaysAuthenticate: always?.[0] === 1 };
        }),
      );
    },
    async sign(session, { handle, alwaysAuthenticate }, digestInfo, authenticate) {
      await call('C_SignInit', session, { mechanism: CKM_RSA_PKCS, pParameter: null, ulParameterLen: 0 }, handle);
      if (alwaysAuthenticate) await authenticate();
      const signature = Buffer.alloc(SIGNATURE_BYTES);
      const length = words.number(SIGNATURE_BYTES);
      await call('C_Sign', session, digestInfo, digestInfo.length, signature, length);
      return signature.subarray(0, Number(words.at(length)));
    },
  };
}

const unless =
  (code: number) =>
  (error: unknown): undefined => {
    if (!(error instanceof CryptokiRefused) || error.code !== code) throw error;
  };

/** `CK_ULONG`: eight bytes on Linux and macOS, four on Windows. */
function wordsOf({ sizeof }: Koffi) {
  const size = sizeof('unsigned long');
  return {
    size,
    number(value: number): Buffer {
      const word = Buffer.alloc(size);
      word.writeUInt32LE(value);
      return word;
    },
    at: (words: Buffer, n = 0): bigint => (size === 8 ? words.readBigUInt64LE(n * size) : BigInt(words.readUInt32LE(n * size))),
  };
}

type Call = keyof ReturnType<typeof signaturesOf>;

/** Structures of PKCS#11 have no padding on Windows. */
function signaturesOf(koffi: Koffi) {
  const structure = process.platform === 'win32' ? koffi.pack.bind(koffi) : koffi.struct.bind(koffi);
  const attributes = koffi.pointer(structure({ type: 'unsigned long', pValue: 'void *', ulValueLen: 'unsigned long' }));
  const mechanism = koffi.pointer(structure({ mechanism: 'unsigned long', pParameter: 'void *', ulParameterLen: 'unsigned long' }));
  const word = 'unsigned long';
  const bytes = 'void *';
  return {
    C_Initialize: [bytes],
    C_GetSlotList: ['uint8_t', bytes, bytes],
    C_GetTokenInfo: [word, bytes],
    C_OpenSession: [word, word, bytes, bytes, bytes],
    C_CloseSession: [word],
    C_Login: [word, word, bytes, word],
    C_FindObjectsInit: [word, attributes, word],
    C_FindObjects: [word, bytes, word, bytes],
    C_FindObjectsFinal: [word],
    C_GetAttributeValue: [word, word, koffi.inout(attributes), word],
    C_SignInit: [word, mechanism, word],
    C_Sign: [word, bytes, word, bytes, bytes],
  } as const;
}

/** Calls a function of the module, away from the event loop. Errors: `CannotLoad`; the call’s: `CryptokiRefused`. */
function bound(koffi: Koffi, module: string): (name: Call, ...given: readonly unknown[]) => Promise<void> {
  const functions = new Map<Call, Func>();
  try {
    const library = koffi.load(module);
    for (const [name, given] of Object.entries(signaturesOf(koffi)) as [Call, readonly unknown[]][]) functions.set(name, library.func(name, 'unsigned long', given));
  } catch (cause) {
    throw new CannotLoad('module', { cause });
  }
  return (name, ...given) =>
    new Promise((resolve, reject) => {
      functions.get(name)!.async(...given, (error: unknown, code: number | bigint) => {
        if (error) reject(error as Error);
        else if (Number(code) === CKR.ok) resolve();
        else reject(new CryptokiRefused(name, Number(code)));
      });
    });
}
