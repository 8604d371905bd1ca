import type { ConventionTerms, RoleAssignment } from '@geres/contracts';

const LIST = new Intl.ListFormat('it', { type: 'conjunction' });
const NUMBER = new Intl.NumberFormat('it');

export const listed = (items: readonly string[]): string => (items.length === 0 ? 'nessuna' : LIST.format([...new Set(items)]));
export const counted = (count: number, one: string, many: string): string => `${NUMBER.format(count)} ${count === 1 ? one : many}`;
export const since = (from: string, to?: string): string => (to === undefined ? `dal ${from}` : `dal ${from} al ${to}`);
/** `11/2026` of `202611`. */
export const inMonth = (month: string): string => `${month.slice(4)}/${month.slice(0, 4)}`;

export const roleInWords = ({ role, comune, ente, application }: RoleAssignment): string =>
  [role, comune && `Comune ${comune}`, ente && `Ente ${ente}`, application && `applicazione ${application}`].filter((part) => part !== undefined && part !== '').join(', ');

/** The ceiling in a line: what may be asked, for what, when. */
export const termsInWords = ({ from, to, services, purposes, territory }: ConventionTerms): string =>
  `${since(from, to)}, servizi ${listed(services.map(({ service }) => service))}, motivi ${listed(purposes.map(({ code }) => code))}, territorio ${territory}`;
