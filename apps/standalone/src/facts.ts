import type { DemoFacts } from '@geres/identity';

/** `demo.json`: everything a newcomer needs to try GeRes. Environment `test` alone. */
export interface Demo extends Pick<DemoFacts, 'comuni' | 'applicazioni' | 'motivi'> {
  readonly baseUrl: string;
  readonly token: string;
  /** A user with several roles is listed once for each; `null` where a role has no Comune or Ente. */
  readonly utenti: readonly { readonly username: string; readonly password: string; readonly ruolo: string; readonly comune: string | null; readonly ente: string | null }[];
  readonly persone: readonly { readonly codiceFiscale: string; readonly cognome: string; readonly nome: string; readonly caso: string }[];
  readonly simulatore: string;
}

/** The body of the lookup shown to a newcomer. */
export const sampleLookup = ({ persone, motivi }: Pick<Demo, 'persone' | 'motivi'>): string =>
  JSON.stringify({ servizio: 'residenza', soggetto: { codiceFiscale: persone[0]!.codiceFiscale }, motivo: motivi[0]!.codice, pratica: 'PROVA-1' });

/** One line that makes a lookup at once, for a POSIX shell. */
export function posixLine(demo: Demo): string {
  return `curl -sS ${lookupUrl(demo)} -H 'Authorization: Bearer ${demo.token}' -H 'Content-Type: application/json' -d '${sampleLookup(demo)}'`;
}

/** The same for PowerShell, which needs neither curl nor escapes. */
export function powerShellLine(demo: Demo): string {
  return `Invoke-RestMethod -Method Post -Uri '${lookupUrl(demo)}' -Headers @{ Authorization = 'Bearer ${demo.token}' } -ContentType 'application/json' -Body '${sampleLookup(demo)}' | ConvertTo-Json -Depth 8`;
}

/** The same with the command line, which reads the rest from the `demo.json` of the data folder; `dataFolder`: where that is not the usual one. */
export const geresLine = ({ comuni, persone, motivi }: Demo, dataFolder?: string): string =>
  `npm run geres -- lookup --comune ${comuni[0]!.codiceCatastale} --codice-fiscale ${persone[0]!.codiceFiscale} --servizio residenza --motivo ${motivi[0]!.codice} --pratica PROVA-1${dataFolder === undefined ? '' : ` --dati "${dataFolder}"`}`;

const lookupUrl = ({ baseUrl, comuni }: Demo): string => `${baseUrl}/api/v1/comuni/${comuni[0]!.codiceCatastale}/richieste`;

/** The roles of each user in one line: `ADMIN ente_esempio (H501, A944, F052)`. */
export function usersByName(utenti: Demo['utenti']): readonly { readonly username: string; readonly password: string; readonly roles: string }[] {
  const users = new Map<string, { readonly password: string; readonly roles: Map<string, string[]> }>();
  for (const { username, password, ruolo, comune, ente } of utenti) {
    const user = users.get(username) ?? { password, roles: new Map<string, string[]>() };
    const role = [ruolo, ente].filter((part) => part !== null).join(' ');
    user.roles.set(role, [...(user.roles.get(role) ?? []), ...(comune === null ? [] : [comune])]);
    users.set(username, user);
  }
  return [...users].map(([username, { password, roles }]) => ({
    username,
    password,
    roles: [...roles].map(([role, comuni]) => (comuni.length === 0 ? role : `${role} (${comuni.join(', ')})`)).join('; '),
  }));
}
