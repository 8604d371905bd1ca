import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import fc from 'fast-check';
import forge from 'node-forge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { readRequest, UnreadableRequest } from '../soap/read-request.js';
import { byCode, connectionRequest, post, request3002, request7001, type Answer } from '../testing/requests.js';
import { ALGORITHMS, KEY_INFO, messageToSign, signedMessage, type SigningParts } from '../testing/signing.js';
import { authority, type Issued } from './authority.js';
import { canonical } from './canonical.js';
import { secured } from './security.js';

const POLICY = 'Rejected by policy. (from client)';
const INTERNAL = 'Internal Error (from client)';
const DIGEST = 'Incorrect reference digest value (from client)';
const RESIDENT = CASES[0]?.codiceFiscale ?? '';
const OTHER = CASES[1]?.codiceFiscale ?? '';
const MINUTE = 60_000;
const NOW = Date.parse('2026-03-10T10:00:00Z');

let simulator: Simulator;
let server: Issued;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 10, firma: 'richiesta', now: () => NOW });
  server = await certificate('058091-CO-9999');
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await put('sicurezza', { firma: 'richiesta', sha1: false, tolleranzaMs: 5_000 });
  await put('operatori', {});
});

const control = (method: string, path: string, body: unknown): Promise<Response> => fetch(`${simulator.url}/controllo/${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const put = async (path: string, body: unknown): Promise<void> => { expect((await control('PUT', path, body)).status).toBe(200); };

/** Fetched as an integrator does: PKCS#12 with its password. */
async function certificate(postazione: string, stato = 'valido', url = simulator.url): Promise<Issued> {
  const response = await fetch(`${url}/controllo/certificati`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ postazione, stato, password: 'prova-1234' }) });
  expect([response.status, response.headers.get('content-type')]).toEqual([201, 'application/x-pkcs12']);
  const store = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(Buffer.from(await response.arrayBuffer()).toString('latin1')), 'prova-1234');
  const key = store.getBags({ bagType: forge.pki.oids['pkcs8ShroudedKeyBag'] ?? '' })[forge.pki.oids['pkcs8ShroudedKeyBag'] ?? '']?.[0]?.key;
  const own = store.getBags({ bagType: forge.pki.oids['certBag'] ?? '' })[forge.pki.oids['certBag'] ?? '']?.[0]?.cert;
  if (!key || !own) throw new Error('no key or certificate in the PKCS#12');
  return { key: forge.pki.privateKeyToPem(key), certificate: forge.pki.certificateToPem(own) };
}

/** In the order of the store: the owner's, then its issuers'. */
function certificatesIn(store: Buffer): readonly X509Certificate[] {
  const bag = forge.pki.oids['certBag'] ?? '';
  const bags = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(store.toString('latin1')), 'prova-1234').getBags({ bagType: bag })[bag] ?? [];
  return bags.flatMap(({ cert }) => (cert ? [new X509Certificate(forge.pki.certificateToPem(cert))] : []));
}

const question = (): string => request3002({ criteri: byCode(RESIDENT), dataOraRichiesta: '2026-03-10T10:00:00Z' });
const signed = (parts: Partial<SigningParts> = {}): string => signedMessage({ server, now: NOW, payload: question(), ...parts });

async function causeOf(text: string): Promise<{ fault: string; causa: string; answer: Answer }> {
  const response = await fetch(`${simulator.url}/ANPR3000ServiziConsultazione/AnprService3000`, { method: 'POST', headers: { 'content-type': 'text/xml; charset=UTF-8' }, body: text });
  const body = await response.text();
  const id = response.headers.get('x-sim-diagnostics');
  const fault = /<faultstring>([^<]*)</.exec(body)?.[1] ?? '';
  const diagnosis = (await (await fetch(`${simulator.url}/__sim/diagnostics/${id ?? ''}`)).json()) as { visto?: string; cause?: { codice: string }[] };
  if (id !== null) expect(diagnosis.visto).toBe(fault);
  return { fault, causa: diagnosis.cause?.[0]?.codice ?? '', answer: { status: response.status } as Answer };
}

describe('a signed message', () => {
  it('is answered', async () => {
    const answer = await post(simulator.url, signed());
    expect(answer.first('codFiscale')).toBe(RESIDENT);
  });

  it('is answered by the connectivity test', async () => {
    const answer = await post(simulator.url, signed({ payload: connectionRequest({ dataOraRichiesta: '2026-03-10T10:00:00Z' }) }), 'TestConn');
    expect(answer.first('esitoOperazione')).toBe('0000');
  });

  it('is answered by the service of tables and versions, and refused there as everywhere', async () => {
    const versions = signed({ payload: request7001('7003', '', { dataOraRichiesta: '2026-03-10T10:00:00Z' }) });
    expect((await post(simulator.url, versions, '7001')).first('CodDestinatario')).toBe('ANPR05');
    expect((await post(simulator.url, versions.replace('>C<', '>V<'), '7001')).first('faultstring')).toBe(DIGEST);
  });

  it('may have its workstation’s id signed with the certificate of the workstation', async () => {
    expect((await post(simulator.url, signed({ workstation: await certificate('058091-PC-0001') }))).first('codFiscale')).toBe(RESIDENT);
  });

  it('may use SHA-1 only where that is switched on', async () => {
    const text = signed({ algorithm: 'sha1' });
    expect(await causeOf(text)).toMatchObject({ fault: POLICY, causa: 'WSS_FIRMA:messaggio:algoritmo' });
    await put('sicurezza', { sha1: true });
    expect((await post(simulator.url, signed({ algorithm: 'sha1' }))).first('codFiscale')).toBe(RESIDENT);
  });
});

describe('an unsigned message', () => {
  it('is refused where signatures are required, and answered where they are accepted', async () => {
    const bare = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${question()}</s:Body></s:Envelope>`;
    expect(await causeOf(bare)).toMatchObject({ fault: POLICY, causa: 'WSS_ASSENTE' });
    await put('sicurezza', { firma: 'accettata' });
    expect((await post(simulator.url, bare)).first('codFiscale')).toBe(RESIDENT);
  });

  it('does not pass for signed: a broken signature is refused also where none is required', async () => {
    await put('sicurezza', { firma: 'accettata' });
    expect(await causeOf(signed().replace(RESIDENT, OTHER))).toMatchObject({ fault: DIGEST });
  });
});

describe('the faults of the XML gateway', () => {
  const cut = (text: string, from: string, to: string): string => text.slice(0, text.indexOf(from)) + text.slice(text.indexOf(to, text.indexOf(from)) + to.length);
  const issuing: Record<string, () => Promise<string>> = {
    'another codice fiscale after signing': () => Promise.resolve(signed().replace(RESIDENT, OTHER)),
    'a space after signing': () => Promise.resolve(signed().replace('<datiRichiesta>', '<datiRichiesta> ')),
    'another timestamp after signing': () => Promise.resolve(signed().replace(/<wsu:Expires>[^<]*/, `<wsu:Expires>${new Date(NOW + 90 * MINUTE).toISOString()}`)),
    'another operator after signing': () => Promise.resolve(signed().replace('>PRTPRV75A01H501K</saml2:NameID>', '>SMPCPN72S03F205C</saml2:NameID>')),
    'an altered signature value': () => Promise.resolve(signed().replace(/(<ds:Reference URI="#TS-1">.*<ds:SignatureValue>)(.)/s, (_, before: string, first: string) => before + (first === 'A' ? 'B' : 'A'))),
    'a timestamp that is over': () => Promise.resolve(signed({ timestampFrom: NOW - 10 * MINUTE, timestampTo: NOW - 1 })),
    'a timestamp of the future': () => Promise.resolve(signed({ timestampFrom: NOW + MINUTE, timestampTo: NOW + 5 * MINUTE })),
    'no timestamp': () => Promise.resolve(cut(signed(), '<wsu:Timestamp', '</wsu:Timestamp>')),
    'two timestamps': () => Promise.resolve(signed().replace(/<wsu:Timestamp.*<\/wsu:Timestamp>/, (one) => one + one.replace('TS-1', 'TS-2'))),
    'a body that is not signed': () => Promise.resolve(signed({ signs: ['TS-1'] })),
    'a timestamp that is not signed': () => Promise.resolve(signed({ signs: ['Body-1'] })),
    'an assertion that is not signed': () => Promise.resolve(cut(signed(), '<saml2:Issuer>XS</saml2:Issuer><ds:Signature', '</ds:Signature>')),
    'an assertion that is over': () => Promise.resolve(signed({ assertionTo: NOW })),
    'no token': () => Promise.resolve(cut(signed(), '<wsse:BinarySecurityToken', '</wsse:BinarySecurityToken>')),
    'an IdSede that is not of the workstation': () => Promise.resolve(signed({ sede: '037006' })),
    'a CMS of another workstation': () => Promise.resolve(signed({ signedPostazione: '058091-PC-0002' })),
    'an expired certificate': async () => signed({ server: await certificate('058091-CO-9999', 'scaduto') }),
    'a certificate that is not yet valid': async () => signed({ server: await certificate('058091-CO-9999', 'non-ancora-valido') }),
    'a certificate of an unknown authority': async () => signed({ server: await certificate('058091-CO-9999', 'autorita-sconosciuta') }),
    'a workstation certificate that has expired': async () => signed({ workstation: await certificate('058091-PC-0001', 'scaduto') }),
    'the certificate of another Comune': async () => signed({ server: await certificate('037006-CO-9999') }),
    'a payload of another Comune': () => Promise.resolve(signed({ payload: request3002({ criteri: byCode(RESIDENT), codMittente: '037006', dataOraRichiesta: '2026-03-10T10:00:00Z' }) })),
    'an operator who is no codice fiscale': () => Promise.resolve(signed({ operator: 'mario.rossi' })),
  };
  it.each([
    ['another codice fiscale after signing', DIGEST, 'WSS_DIGEST:messaggio'],
    ['a space after signing', DIGEST, 'WSS_DIGEST:messaggio'],
    ['another timestamp after signing', DIGEST, 'WSS_DIGEST:messaggio'],
    ['another operator after signing', DIGEST, 'WSS_DIGEST:asserzione'],
    ['an altered signature value', POLICY, 'WSS_FIRMA:messaggio:valore'],
    ['a timestamp that is over', POLICY, 'WSS_TIMESTAMP:fuori-validita'],
    ['a timestamp of the future', POLICY, 'WSS_TIMESTAMP:fuori-validita'],
    ['no timestamp', INTERNAL, 'WSS_FORMA:timestamp'],
    ['two timestamps', INTERNAL, 'WSS_FORMA:timestamp'],
    ['a body that is not signed', INTERNAL, 'WSS_NON_FIRMATO:Body'],
    ['a timestamp that is not signed', INTERNAL, 'WSS_NON_FIRMATO:Timestamp'],
    ['an assertion that is not signed', INTERNAL, 'WSS_FORMA:asserzione'],
    ['an assertion that is over', POLICY, 'WSS_ASSERZIONE:fuori-validita'],
    ['no token', INTERNAL, 'WSS_FORMA:token'],
    ['an IdSede that is not of the workstation', 'IdSede Attribute inconsistent with IdPostazione (from client)', 'WSS_SEDE'],
    ['a CMS of another workstation', POLICY, 'WSS_POSTAZIONE_FIRMATA'],
    ['an expired certificate', POLICY, 'WSS_CERTIFICATO:scaduto'],
    ['a certificate that is not yet valid', POLICY, 'WSS_CERTIFICATO:non-ancora-valido'],
    ['a certificate of an unknown authority', POLICY, 'WSS_CERTIFICATO:autorita-sconosciuta'],
    ['a workstation certificate that has expired', POLICY, 'WSS_POSTAZIONE_CERTIFICATO:scaduto'],
    ['the certificate of another Comune', POLICY, 'WSS_CERTIFICATO:altro-comune'],
    ['a payload of another Comune', POLICY, 'WSS_MITTENTE'],
    ['an operator who is no codice fiscale', POLICY, 'WSS_OPERATORE'],
  ])('for %s: %s', async (what, fault, causa) => {
    const { answer, ...seen } = await causeOf((await issuing[what]?.()) ?? '');
    expect(seen).toEqual({ fault, causa });
    expect(answer.status).toBe(500);
  });

  it.each(['IdSede', 'IdPostazione', 'IdPostazioneFirmato', 'IdApplicazione'])('want the attribute %s, once', async (name) => {
    const all = ['IdSede', 'IdPostazione', 'IdPostazioneFirmato', 'IdApplicazione'];
    expect(await causeOf(signed({ attributes: all.filter((one) => one !== name) }))).toMatchObject({ fault: POLICY, causa: `WSS_ATTRIBUTO:${name}` });
    expect(await causeOf(signed({ attributes: [...all, name] }))).toMatchObject({ fault: POLICY, causa: `WSS_ATTRIBUTO:${name}` });
  });

  it('tell nobody apart by the clock: a certificate that is good today is refused once the clock has passed its end', async () => {
    await put('orologio', { scartoMs: 7 * 365 * 86_400_000 });
    expect(await causeOf(signed())).toMatchObject({ fault: POLICY, causa: 'WSS_CERTIFICATO:scaduto' });
    await fetch(`${simulator.url}/controllo/orologio`, { method: 'DELETE' });
  });
});

describe('an assertion that was found good before', () => {
  const assertionOf = (text: string): string => /<saml2:Assertion.*<\/saml2:Assertion>/s.exec(text)?.[0] ?? '';

  it('is not believed with the certificate of another machine, nor with another value of its signature', async () => {
    const text = signed();
    expect((await post(simulator.url, text)).first('codFiscale')).toBe(RESIDENT);
    const other = signed({ server: await certificate('058091-CO-9998'), workstation: server });
    expect(await causeOf(other.replace(assertionOf(other), assertionOf(text)))).toMatchObject({ fault: POLICY, causa: 'WSS_FIRMA:asserzione:valore' });
    const value = /<ds:SignatureValue>(.)/.exec(assertionOf(text))?.[1] ?? '';
    expect(await causeOf(text.replace(`<ds:SignatureValue>${value}`, `<ds:SignatureValue>${value === 'A' ? 'B' : 'A'}`))).toMatchObject({ fault: POLICY, causa: 'WSS_FIRMA:asserzione:valore' });
  });

  it('is over when its time is over', async () => {
    const text = signed({ timestampTo: NOW + 60 * MINUTE });
    expect((await post(simulator.url, text)).first('codFiscale')).toBe(RESIDENT);
    await put('orologio', { scartoMs: 6 * MINUTE });
    expect(await causeOf(text)).toMatchObject({ fault: POLICY, causa: 'WSS_ASSERZIONE:fuori-validita' });
    await put('orologio', { scartoMs: 0 });
  });

  it('may use SHA-1 only as long as that is switched on', async () => {
    await put('sicurezza', { sha1: true });
    const text = signed({ algorithm: 'sha1' });
    expect((await post(simulator.url, text)).first('codFiscale')).toBe(RESIDENT);
    await put('sicurezza', { sha1: false });
    expect(await causeOf(text)).toMatchObject({ fault: POLICY });
  });
});

describe('wrapping a signature', () => {
  it('does not get an unsigned body answered beside the signed one', async () => {
    const text = signed();
    const original = /<soapenv:Body.*<\/soapenv:Body>/s.exec(text)?.[0] ?? '';
    const wrapped = text.replace(original, original.replace('Body-1', 'Body-2').replace(RESIDENT, OTHER)).replace('</soapenv:Header>', `<altro>${original}</altro></soapenv:Header>`);
    expect(await causeOf(wrapped)).toMatchObject({ fault: INTERNAL, causa: 'WSS_NON_FIRMATO:Body' });
  });

  it('does not work with the same id on both', async () => {
    const text = signed();
    const original = /<soapenv:Body.*<\/soapenv:Body>/s.exec(text)?.[0] ?? '';
    const wrapped = text.replace(original, original.replace(RESIDENT, OTHER)).replace('</soapenv:Header>', `<altro>${original}</altro></soapenv:Header>`);
    expect(await causeOf(wrapped)).toMatchObject({ fault: INTERNAL, causa: 'WSS_FORMA:id-ripetuto' });
  });

  it('does not get another assertion believed than the one that is signed', async () => {
    const text = signed();
    const original = /<saml2:Assertion.*<\/saml2:Assertion>/s.exec(text)?.[0] ?? '';
    const forged = original.replace('ID="A-1"', 'ID="A-2"').replace('>PRTPRV75A01H501K<', '>SMPCPN72S03F205C<');
    // Its own signature is not part of what it covers: without it the original is still what was signed, only elsewhere.
    const elsewhere = original.replace(/<ds:Signature.*<\/ds:Signature>/s, '');
    expect(await causeOf(text.replace(original, forged).replace('</soapenv:Header>', `<altro>${elsewhere}</altro></soapenv:Header>`))).toMatchObject({ fault: INTERNAL, causa: 'WSS_NON_FIRMATO:Assertion' });
  });

  it('does not hide anything in a processing instruction, which SOAP has none of', async () => {
    expect(await causeOf(signed().replace('<criteriRicerca>', '<?x y?><criteriRicerca>'))).toMatchObject({ fault: INTERNAL, causa: 'WSS_FORMA:istruzione' });
  });

  it('does not hide text in a comment', async () => {
    const text = signed().replace(RESIDENT, `${RESIDENT.slice(0, 8)}<!-- x -->${RESIDENT.slice(8)}`);
    expect((await post(simulator.url, text)).first('codFiscale')).toBe(RESIDENT);
  });
});

describe('a signed message with one character changed, whichever', () => {
  const own = authority(undefined);
  const rules = { firma: 'richiesta', sha1: false, tolleranzaMs: 5_000, knows: () => true } as const;
  const text = signedMessage({ server: own.issue({ postazione: '058091-CO-9999', stato: 'valido' }, NOW), now: NOW, payload: question() });
  const from = text.indexOf('<soapenv:Header');

  it('is refused, or says what it said', () => {
    fc.assert(
      fc.property(fc.integer({ min: from, max: text.length - 1 }), fc.constantFrom(...'AZaz09 <>&"=/:#\n\u00e8'), fc.constantFrom(0, 1), (at, character, removed) => {
        const changed = text.slice(0, at) + character + text.slice(at + removed);
        try {
          const envelope = readRequest(changed);
          const result = secured(envelope, rules, own, NOW);
          if ('fault' in result) return;
          expect(canonical(envelope.body)).toBe(canonical(readRequest(text).body));
          expect(result).toEqual({ operator: 'PRTPRV75A01H501K', sede: '058091' });
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableRequest);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the operator', () => {
  it.each([
    ['non-abilitato', 'XXXX'],
    ['senza-privilegi', 'EN493'],
  ])('who is %s hears %s from the services, after the schema was checked', async (profilo, code) => {
    await put('operatori', { PRTPRV75A01H501K: profilo });
    expect((await post(simulator.url, signed())).codes).toEqual([code]);
    expect((await post(simulator.url, signed({ payload: request3002({ tipoInvio: 'PROD', dataOraRichiesta: '2026-03-10T10:00:00Z' }) }))).codes).toEqual(['999']);
  });

  it('whom ANPR does not know is stopped by the XML gateway', async () => {
    await put('operatori', { PRTPRV75A01H501K: 'sconosciuto' });
    expect(await causeOf(signed())).toMatchObject({ fault: POLICY, causa: 'WSS_OPERATORE' });
  });
});

describe('test certificates', () => {
  it('come as a PKCS#12 that Node opens, from the authority that can be downloaded', async () => {
    const store = Buffer.from(await (await control('POST', 'certificati', { postazione: '058091-CO-9998', password: 'prova-1234' })).arrayBuffer());
    expect(() => createSecureContext({ pfx: store, passphrase: 'prova-1234' })).not.toThrow();
    const authority = new X509Certificate(await (await fetch(`${simulator.url}/controllo/autorita`)).text());
    const one = new X509Certificate((await certificate('058091-CO-9997')).certificate);
    expect(one.verify(authority.publicKey)).toBe(true);
    expect(one.subject).toContain('CN=058091-CO-9997');
  });

  it('are issued for a key that stays with its owner', async () => {
    const pair = forge.pki.rsa.generateKeyPair(1024);
    const csr = forge.pki.createCertificationRequest();
    csr.publicKey = pair.publicKey;
    csr.setSubject([{ name: 'commonName', value: 'qualsiasi' }]);
    csr.sign(pair.privateKey, forge.md.sha256.create());
    const pem = forge.pki.certificationRequestToPem(csr);
    const response = await control('POST', 'certificati/richiesta', { postazione: '058091-CO-9999', csr: pem });
    const issued = new X509Certificate(await response.text());
    expect(issued.publicKey.export({ type: 'spki', format: 'pem' })).toBe(forge.pki.publicKeyToPem(pair.publicKey).replaceAll('\r', ''));
    expect((await control('POST', 'certificati/richiesta', { postazione: '058091-CO-9999', csr: pem.slice(0, 200) })).status).toBe(400);
  });

  it.each([{ postazione: 'roma', password: 'prova-1234' }, { postazione: '058091-CO-9999', password: '' }, { postazione: '058091-CO-9999', password: 'prova-1234', stato: 'bello' }])('are refused to the wish %j', async (wish) => {
    expect((await control('POST', 'certificati', wish)).status).toBe(400);
  });

  it.each(['valido', 'autorita-sconosciuta'])('that are %s come with the authority that issued them and no other', async (stato) => {
    const store = Buffer.from(await (await control('POST', 'certificati', { postazione: '058091-CO-9996', password: 'prova-1234', stato })).arrayBuffer());
    const [own, issuer, ...others] = certificatesIn(store);
    const known = new X509Certificate(await (await fetch(`${simulator.url}/controllo/autorita`)).text());
    expect(others).toEqual([]);
    expect(issuer && own?.checkIssued(issuer) && own.verify(issuer.publicKey)).toBe(true);
    expect(issuer?.fingerprint256 === known.fingerprint256).toBe(stato === 'valido');
  });

  it('are good after a restart when the authority has a folder, and not without', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-ca-'));
    const started = (kept: { readonly folder?: string }): Promise<Simulator> => startSimulator({ port: 0, people: 1, firma: 'richiesta', now: () => NOW, ...kept });
    const issued = async (kept: { readonly folder?: string }): Promise<Issued> => {
      const first = await started(kept);
      const one = await certificate('058091-CO-9995', 'valido', first.url);
      await first.close();
      return one;
    };
    const [lasting, fleeting] = [await issued({ folder }), await issued({})];
    const second = await started({ folder });
    expect((await post(second.url, signed({ server: lasting }))).first('codFiscale')).toBe(RESIDENT);
    expect((await post(second.url, signed({ server: fleeting }))).first('faultstring')).toBe(POLICY);
    await second.close();
    await rm(folder, { recursive: true });
  });
});

const absent = spawnSync('xmlsec1', ['--version']).status !== 0;
(absent ? describe.skip : describe)(`messages signed by xmlsec1${absent ? ': needs xmlsec1' : ''}`, () => {
  const template = (id: string, references: readonly string[], enveloped: boolean, keyInfo: string): string =>
    `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ${id}><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="${ALGORITHMS.sha256.signature}"/>${references.map((uri) => `<ds:Reference URI="#${uri}"><ds:Transforms>${enveloped ? '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>' : ''}<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="${ALGORITHMS.sha256.digest}"/><ds:DigestValue/></ds:Reference>`).join('')}</ds:SignedInfo><ds:SignatureValue/>${keyInfo}</ds:Signature>`;

  async function byXmlsec(payload: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-xmlsec-'));
    const { before, assertion, after } = messageToSign({ server, now: NOW, payload });
    const withOwn = assertion.replace('</saml2:Issuer>', `</saml2:Issuer>${template('Id="S-A"', ['A-1'], true, '')}`);
    const message = template('Id="S-M"', ['TS-1', 'Body-1'], false, `<ds:KeyInfo>${KEY_INFO}</ds:KeyInfo>`);
    await writeFile(join(folder, 'key.pem'), server.key);
    await writeFile(join(folder, '0.xml'), before + withOwn + after.replace('</wsse:Security>', `${message}</wsse:Security>`));
    for (const [turn, id] of ['S-A', 'S-M'].entries()) {
      const { status, stderr } = spawnSync('xmlsec1', ['--sign', '--privkey-pem', join(folder, 'key.pem'), '--id-attr:ID', 'Assertion', '--id-attr:Id', 'Timestamp', '--id-attr:Id', 'Body', '--id-attr:Id', 'Signature', '--node-id', id, '--output', join(folder, `${String(turn + 1)}.xml`), join(folder, `${String(turn)}.xml`)], { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    }
    const text = await readFile(join(folder, '2.xml'), 'utf8');
    await rm(folder, { recursive: true });
    return text;
  }

  it('are answered, and refused when one character of them changes', async () => {
    const text = await byXmlsec(question());
    expect((await post(simulator.url, text)).first('codFiscale')).toBe(RESIDENT);
    expect(await causeOf(text.replace(RESIDENT, OTHER))).toMatchObject({ fault: DIGEST, causa: 'WSS_DIGEST:messaggio' });
    expect(await causeOf(text.replace('>12345<', '>12346<'))).toMatchObject({ fault: DIGEST, causa: 'WSS_DIGEST:asserzione' });
  });

  it('are answered whatever their letters and spaces', async () => {
    const payload = request3002({ criteri: `\n  <cognome>D'ESEMPIÒ-SAGGÌNI</cognome>\r\n<nome>MARÌA PROVÀ</nome>`, dataOraRichiesta: '2026-03-10T10:00:00Z' });
    expect((await post(simulator.url, await byXmlsec(payload))).codes).toEqual(['EN448']);
  });
});
