import type { Condizioni, RoleAssignment, Role } from '@geres/contracts';
import type { AdminApp } from './admin-app.js';

/** A demo user in each role, in Roma. */
export const ROLES = {
  GESTORE: ['gestore', { role: 'GESTORE' }],
  TOP: ['top.roma', { role: 'TOP', comune: 'H501' }],
  ADMIN: ['admin.roma', { role: 'ADMIN', comune: 'H501', ente: 'c_h501' }],
  AUTORIZZATO: ['operatore.roma', { role: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' }],
} as const satisfies Record<Role, readonly [string, RoleAssignment]>;

export async function tokensOf(app: AdminApp): Promise<Readonly<Record<Role, string>>> {
  const entries = await Promise.all(Object.entries(ROLES).map(async ([name, [login, role]]) => [name, await app.tokenOf(login, role)] as const));
  return Object.fromEntries(entries) as Record<Role, string>;
}

export const motivo = { motivo: 'prova' };

export const condizioni: Condizioni = {
  baseGiuridica: 'prova',
  atto: { numero: '1', data: '2026-01-01' },
  dal: '2026-01-01',
  al: '2099-12-31',
  servizi: [{ servizio: 'residenza', modalita: ['consultazione'], canale: 'pdnd' }],
  motivi: [{ codice: 'X-1', descrizione: 'Prova', praticaObbligatoria: false }],
  quote: { perUtenteAlMinuto: 1, perUtenteAlGiorno: 1, perConvenzioneAlGiorno: 1, chiamateAlGiorno: 1 },
  orario: { giorni: [1], dalle: '08:00', alle: '18:00', festivi: false },
  reti: [],
  territorio: 'nazionale',
  adminVedeSoggetto: false,
  attestazioneApplicazioni: false,
};

export const utente = { login: 'prova.nuova', nome: 'Prova', cognome: 'Nuova', ruolo: { ruolo: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' } };
export const contenutoProfilo = { nome: 'Prova', servizi: [{ servizio: 'residenza', modalita: ['consultazione'] }] };
