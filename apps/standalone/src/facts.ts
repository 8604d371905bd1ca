import type { DemoFacts } from '@geres/identity';

/** `demo.json`: everything a newcomer needs to try GeRes. Environment `test` alone. */
export interface Demo extends DemoFacts {
  readonly baseUrl: string;
  readonly token: string;
  readonly simulatore: string;
  readonly persone: readonly { readonly codiceFiscale: string; readonly cognome: string; readonly nome: string; readonly caso: string }[];
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

const lookupUrl = ({ baseUrl, comuni }: Demo): string => `${baseUrl}/api/v1/comuni/${comuni[0]!.codiceCatastale}/richieste`;
