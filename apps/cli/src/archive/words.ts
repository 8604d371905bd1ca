import type { TailLine, Verification } from '@geres/monitoring/archive';
import { strong } from '../terminal.js';
import type { ImportedInstallation } from './import-file.js';

const NUMBER = new Intl.NumberFormat('it');
const WHEN = new Intl.DateTimeFormat('it', { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'Europe/Rome' });
/** Streams named in words; `--json` names all of them. */
const MOST_NAMED = 20;

export const countOf = (count: number, one: string, many: string): string => `${NUMBER.format(count)} ${count === 1 ? one : many}`;

export const lineInWords = ({ at, stream, version, words, who }: TailLine): string => `${WHEN.format(new Date(at)).replace(', ', ' ')}  ${words}  [${who}; ${stream} n. ${version}]`;

export const verificationInWords = ({ streams, events, broken }: Verification): string =>
  `${strong(broken.length === 0 ? 'Integro' : 'Alterato')}: ${countOf(events, 'evento', 'eventi')} in ${countOf(streams, 'registro', 'registri')}`;

export function brokenInWords({ broken }: Verification): string {
  const named = broken.slice(0, MOST_NAMED).map(({ stream, version }) => `  ${stream}: dal n. ${version}`);
  const more = broken.length - named.length;
  return [`${countOf(broken.length, 'registro alterato', 'registri alterati')}:`, ...named, ...(more > 0 ? [`  e altri ${more}`] : [])].join('\n');
}

export function importedInWords({ events, streams, already, secrets, sha256, folder, environment, keysMadeAt }: ImportedInstallation): string {
  return [
    `Importati ${countOf(events, 'evento', 'eventi')} di ${countOf(streams, 'registro', 'registri')} ${folder === undefined ? 'sui motori' : `in ${folder}`}, ambiente «${environment}»`,
    ...(already === 0 ? [] : [`Di questi ${countOf(already, 'era già lì', 'erano già lì')}, da un’importazione interrotta.`]),
    `Impronta: ${sha256}`,
    secrets === 0 ? 'Senza segreti: gli eventi si leggono e si verificano, ciò che in essi è sigillato no, e nessuno può entrare.' : `Con ${countOf(secrets, 'segreto', 'segreti')}.`,
    ...(keysMadeAt === undefined ? [] : [`Chiavi di cifratura create in ${keysMadeAt}: conservarne una copia al sicuro.`]),
  ].join('\n');
}

export const importedInJson = ({ events, streams, already, secrets, sha256, folder, environment }: ImportedInstallation): object => ({ eventi: events, registri: streams, giaPresenti: already, segreti: secrets, sha256, ...(folder === undefined ? { motori: true } : { cartella: folder }), ambiente: environment });
