import type { TailLine, Verification } from '@geres/monitoring/archive';
import { strong } from '../terminal.js';

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
