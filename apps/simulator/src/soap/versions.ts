import { element } from './xml.js';

/** A major version of the protocol: `codDestinatario` chooses it (soap.md §9). Both days are of its support. */
export interface Version {
  readonly codDestinatario: string;
  /** Major, minor, patch. */
  readonly versione: string;
  readonly inizio: string;
  readonly fine?: string;
}

/** What ANPR supports unless a test says otherwise: the predecessors of ANPR05 are refused since 2024-07-01. The day on which it began is not public; this one is assumed. */
export const VERSIONS: readonly Version[] = [{ codDestinatario: 'ANPR05', versione: '9.2.7', inizio: '2023-04-18' }];

/** Those in support on that day, the newest first. */
export function supported(versions: readonly Version[], today: string): readonly Version[] {
  return versions.filter(({ inizio, fine }) => inizio <= today && (fine === undefined || today <= fine)).toSorted((a, b) => b.inizio.localeCompare(a.inizio));
}

/** The inside of `versioneCorrente` and `versioniSupportate`. */
export function versionElements({ codDestinatario, versione, inizio, fine }: Version): string {
  const [major = '0', minor = '0', patch = '0'] = versione.split('.');
  return (
    `${element('CodDestinatario', codDestinatario)}${element('VersioneCompleta', versione)}<VersioneMajor>${major}</VersioneMajor><VersioneMinor>${minor}</VersioneMinor>` +
    `<VersionePatch>${patch}</VersionePatch><DataInizio>${inizio}</DataInizio>${element('DataFine', fine)}`
  );
}
