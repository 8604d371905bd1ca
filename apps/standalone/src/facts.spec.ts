import { describe, expect, it } from 'vitest';
import { geresLine, posixLine, powerShellLine, usersByName, type Demo } from './facts.js';
import { introduction } from './introduction.js';

const demo: Demo = {
  baseUrl: 'http://localhost:8080',
  token: 'aaa.bbb.ccc',
  simulatore: 'http://127.0.0.1:8081',
  comuni: [{ codiceCatastale: 'H501', codiceIstat: '058091', nome: 'Roma' }],
  utenti: [
    { username: 'gestore', password: 'p1', ruolo: 'GESTORE', comune: null, ente: null },
    { username: 'operatore.esempio', password: 'p2', ruolo: 'AUTORIZZATO', comune: 'H501', ente: 'ente_esempio' },
    { username: 'operatore.esempio', password: 'p2', ruolo: 'AUTORIZZATO', comune: 'A944', ente: 'ente_esempio' },
    { username: 'operatore.esempio', password: 'p2', ruolo: 'ADMIN', comune: 'H501', ente: 'ente_esempio' },
  ],
  applicazioni: [{ clientId: 'tributi-roma', chiave: '/dati/demo/tributi-roma.pem', ente: 'c_h501' }],
  persone: [{ codiceFiscale: 'AAAAAA00A00A000A', cognome: 'PROVA', nome: '', caso: 'residente' }],
  motivi: [{ codice: 'TRIB-01', descrizione: 'Tributi' }],
};

describe('what a newcomer is shown', () => {
  it('names every user once, with all roles', () => {
    expect(usersByName(demo.utenti)).toEqual([
      { username: 'gestore', password: 'p1', roles: 'GESTORE' },
      { username: 'operatore.esempio', password: 'p2', roles: 'AUTORIZZATO ente_esempio (H501, A944); ADMIN ente_esempio (H501)' },
    ]);
  });

  it('has lines that a shell takes as they are', () => {
    const body = '{"servizio":"residenza","soggetto":{"codiceFiscale":"AAAAAA00A00A000A"},"motivo":"TRIB-01","pratica":"PROVA-1"}';
    expect(posixLine(demo)).toBe(`curl -sS http://localhost:8080/api/v1/comuni/H501/richieste -H 'Authorization: Bearer aaa.bbb.ccc' -H 'Content-Type: application/json' -d '${body}'`);
    expect(powerShellLine(demo)).toContain(`-Body '${body}'`);
    expect(geresLine(demo)).toBe('npm run geres -- lookup --comune H501 --codice-fiscale AAAAAA00A00A000A --servizio residenza --motivo TRIB-01 --pratica PROVA-1');
    expect(geresLine(demo, '/altri dati')).toMatch(/ --dati "\/altri dati"$/);
  });

  it('is all in the introduction, and nothing of it in production', () => {
    const shown = introduction({ baseUrl: demo.baseUrl, folder: '/dati', demo, keysMadeAt: '/dati.keys' }, '1,2');
    for (const word of ['http://localhost:8080', 'Roma', 'operatore.esempio', 'p2', 'tributi-roma', 'TRIB-01', 'AAAAAA00A00A000A', posixLine(demo), powerShellLine(demo), '/dati/demo.json', '/dati.keys']) expect(shown).toContain(word);
    const production = introduction({ baseUrl: 'http://localhost:8080', folder: '/dati', firstStart: { url: 'http://localhost:8080/oidc/produzione/primo-avvio', code: 'AAAAA-BBBBB' } }, '1,2');
    expect(production).toContain('AAAAA-BBBBB');
    expect(production).not.toMatch(/curl|Chiavi|Utenti/);
    expect(introduction({ baseUrl: demo.baseUrl, folder: '/dati', keysCompletedAt: '/dati.keys' }, '1,2')).toMatch(/\/dati\.keys, di una versione precedente, è stata aggiunta/);
  });
});
