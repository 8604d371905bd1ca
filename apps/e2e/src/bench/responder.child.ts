import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import { AUDIENCE, ISSUER } from './responder.js';

/**
 * ANPR and PDND with nothing behind them: they check nothing and answer at once, or after a delay that depends on the person alone. What a signature costs whoever
 * verifies it is not in the figures.
 */
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'pdnd', alg: 'RS256', use: 'sig' }] };
let delay = { minMs: 0, maxMs: 0 };
const asked = { firmate: 0, nonFirmate: 0, pdnd: 0, voucher: 0 };

function textIn(body: string, element: string): string {
  const from = body.indexOf(`<${element}>`) + element.length + 2;
  return body.slice(from, body.indexOf('<', from));
}

const delayOf = (person: string): number => (delay.maxMs === 0 ? 0 : delay.minMs + (createHash('sha256').update(person).digest().readUInt32BE() / 2 ** 32) * (delay.maxMs - delay.minMs));

function soap(body: string): { readonly person: string; readonly xml: string } {
  if (body.includes('SignatureValue')) asked.firmate += 1;
  else asked.nonFirmate += 1;
  const operation = textIn(body, 'idOperazioneComune');
  const sender = textIn(body, 'codMittente');
  const person = textIn(body, 'codiceFiscale');
  const comune = `<comune><nomeComune>ROMA</nomeComune><codiceIstat>058091</codiceIstat><siglaProvinciaIstat>RM</siglaProvinciaIstat></comune>`;
  return {
    person,
    xml:
      `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body><ns:Risposta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione"><ns:Risposta3002_OK><testataRisposta>` +
      `<idOperazioneComune>${operation}</idOperazioneComune><codMittente>${sender}</codMittente><codDestinatario>ANPR05</codDestinatario><operazioneRichiesta>3002</operazioneRichiesta>` +
      `<dataOraRichiesta>2026-01-20T10:15:30.120+01:00</dataOraRichiesta><idOperazioneANPR>99000000001</idOperazioneANPR><esitoOperazione>0000</esitoOperazione></testataRisposta><listaSoggetti><datiSoggetto>` +
      `<identificativi><idANPR>ZZ00001X6</idANPR></identificativi><generalita><codiceFiscale><codFiscale>${person}</codFiscale><validitaCF>1</validitaCF></codiceFiscale><cognome>SINTETICI</cognome><nome>PROVA</nome>` +
      `<sesso>F</sesso><dataNascita>1985-03-15</dataNascita><luogoNascita>${comune}</luogoNascita></generalita><residenza><tipoIndirizzo>1</tipoIndirizzo><indirizzo><cap>00183</cap>${comune}` +
      `<toponimo><specie>VIA</specie><denominazioneToponimo>DELLE PROVE</denominazioneToponimo></toponimo><numeroCivico><numero>7</numero></numeroCivico></indirizzo>` +
      `<dataDecorrenzaResidenza>2019-06-01</dataDecorrenzaResidenza></residenza></datiSoggetto></listaSoggetti></ns:Risposta3002_OK></ns:Risposta3002></env:Body></env:Envelope>`,
  };
}

async function voucher(form: URLSearchParams): Promise<object> {
  asked.voucher += 1;
  const { digest, purposeId } = decodeJwt(form.get('client_assertion') ?? '') as { readonly digest: unknown; readonly purposeId: string };
  const client = form.get('client_id')!;
  const token = new SignJWT({ aud: AUDIENCE, client_id: client, purposeId, digest }).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'pdnd' });
  return { access_token: await token.setIssuer(ISSUER).setSubject(client).setJti(randomUUID()).setIssuedAt().setNotBefore('0s').setExpirationTime('600s').sign(privateKey), token_type: 'Bearer', expires_in: 600 };
}

function eService(body: string): { readonly person: string; readonly answer: object } {
  asked.pdnd += 1;
  const { codiceFiscale: person } = (JSON.parse(body) as { readonly criteriRicerca: { readonly codiceFiscale: string } }).criteriRicerca;
  const comune = { nomeComune: 'ROMA', codiceIstat: '058091', siglaProvinciaIstat: 'RM' };
  const generalita = { codiceFiscale: { codFiscale: person, validitaCF: '1' }, cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune } };
  const indirizzo = { cap: '00183', comune, toponimo: { specie: 'VIA', denominazioneToponimo: 'DELLE PROVE' }, numeroCivico: { numero: '7' } };
  return { person, answer: { idOperazioneANPR: '900000000001', listaSoggetti: { datiSoggetto: [{ generalita, identificativi: { idANPR: 'ZZ00001X6' }, residenza: [{ tipoIndirizzo: '1', indirizzo, dataDecorrenzaResidenza: '2020-02-02' }] }] } } };
}

async function answer({ method, url = '' }: IncomingMessage, body: string, reply: ServerResponse): Promise<void> {
  const json = (value: object, person = ''): void => void setTimeout(() => reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)), delayOf(person));
  if (url === '/controllo') {
    if (method === 'PUT') delay = JSON.parse(body) as typeof delay;
    return json(asked);
  }
  if (url === '/.well-known/jwks.json') return json(jwks);
  if (url === '/token.oauth2') return json(await voucher(new URLSearchParams(body)));
  if (url.endsWith('/anpr-service-e002')) {
    const { person, answer } = eService(body);
    return json(answer, person);
  }
  const { person, xml } = soap(body);
  const send = (): void => void reply.writeHead(200, { 'content-type': 'text/xml; charset=UTF-8' }).end(xml);
  if (delay.maxMs === 0) send();
  else setTimeout(send, delayOf(person));
}

const server = createServer((request, reply) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => void answer(request, Buffer.concat(chunks).toString('utf8'), reply));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
process.on('disconnect', () => process.exit(0));
