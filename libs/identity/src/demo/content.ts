import type { ConventionTerms, ProfileTerms, RoleAssignment } from '@geres/contracts';
import type { ApplicationGrant } from '../application/application.domain.js';
import type { EnteKind } from '../ente/ente.domain.js';

/** What an installation of environment `test` is made of, so that a first lookup works at once. Nobody here exists. */

export const COMUNI = [
  { comune: 'H501', istat: '058091', name: 'Roma', province: 'RM' },
  { comune: 'A944', istat: '037006', name: 'Bologna', province: 'BO' },
  { comune: 'F052', istat: '077014', name: 'Matera', province: 'MT' },
] as const;

export const ENTI: readonly { readonly ente: string; readonly name: string; readonly kind: EnteKind }[] = [
  { ente: 'c_h501', name: 'Roma – Ufficio tributi', kind: 'ufficio-comunale' },
  { ente: 'c_a944', name: 'Bologna – Ufficio tributi', kind: 'ufficio-comunale' },
  { ente: 'c_f052', name: 'Matera – Ufficio tributi', kind: 'ufficio-comunale' },
  { ente: 'scuole_a944', name: 'Bologna – Servizi scolastici', kind: 'ufficio-comunale' },
  { ente: 'ente_esempio', name: 'Ente di esempio', kind: 'ente-esterno' },
  { ente: 'pl_f052', name: 'Matera – Polizia locale', kind: 'polizia' },
];

export const MOTIVI = [
  { code: 'TRIB-01', description: 'Gestione dei tributi comunali', caseRequired: false },
  { code: 'TRIB-02', description: 'Accertamento e riscossione', caseRequired: true },
  { code: 'NOT-01', description: 'Notificazione di atti', caseRequired: true },
  { code: 'PG-01', description: 'Controllo di dichiarazioni sostitutive', caseRequired: false },
] as const;

const GENEROUS = { userPerMinute: 100_000, userPerDay: 10_000_000, conventionPerDay: 100_000_000, callsPerDay: 100_000_000 };
const SMALL = { userPerMinute: 3, userPerDay: 10, conventionPerDay: 20, callsPerDay: 20 };

const SERVICES: ConventionTerms['services'] = [
  { service: 'generalita', modes: ['consultazione'], channel: 'ws' },
  { service: 'residenza', modes: ['consultazione'], channel: 'ws' },
];
const OVER_PDND: ConventionTerms['services'] = [
  { service: 'generalita', modes: ['consultazione', 'verifica'], channel: 'pdnd' },
  { service: 'residenza', modes: ['consultazione', 'verifica'], channel: 'pdnd' },
  { service: 'stato-famiglia', modes: ['consultazione'], channel: 'pdnd' },
  { service: 'cittadinanza', modes: ['consultazione'], channel: 'pdnd' },
  { service: 'esistenza-in-vita', modes: ['consultazione', 'verifica'], channel: 'pdnd' },
  { service: 'id-anpr', modes: ['consultazione'], channel: 'pdnd' },
];

export interface DemoConvention {
  readonly comune: string;
  readonly ente: string;
  readonly services?: ConventionTerms['services'];
  readonly quotas?: ConventionTerms['quotas'];
  readonly territory?: 'residenti';
}

/** The Comune that the demo connects over PDND too. */
export const PDND_COMUNE = 'A944';

export const CONVENTIONS: readonly DemoConvention[] = [
  { comune: 'H501', ente: 'c_h501' },
  { comune: 'A944', ente: 'c_a944' },
  { comune: 'F052', ente: 'c_f052' },
  { comune: 'H501', ente: 'ente_esempio' },
  { comune: 'A944', ente: 'ente_esempio', territory: 'residenti' },
  { comune: 'F052', ente: 'ente_esempio' },
  { comune: 'F052', ente: 'pl_f052', quotas: SMALL },
  { comune: PDND_COMUNE, ente: 'scuole_a944', services: OVER_PDND },
];

/** `year`: that of the first start. */
export const termsOf = ({ ente, services = SERVICES, quotas = GENEROUS, territory }: DemoConvention, year: number): ConventionTerms => ({
  legalBasis: 'Convenzione dimostrativa, senza effetti',
  act: { number: 'DEMO/1', date: `${year}-01-01` },
  from: `${year}-01-01`,
  to: `${year + 5}-12-31`,
  services,
  purposes: MOTIVI.map((motivo) => ({ ...motivo })),
  quotas,
  hours: { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: true },
  networks: [],
  territory: territory ?? 'nazionale',
  ...(ente.startsWith('c_') || services !== SERVICES ? {} : { wsReason: 'Dimostrazione: il canale pdnd non è configurato' }),
  adminSeesSubject: ente.startsWith('c_'),
  jwtBearer: true,
});

/** The profile `completo` is everything that the convention grants. */
export const profilesOf = ({ services = SERVICES }: DemoConvention): Readonly<Record<'completo' | 'generalita', ProfileTerms>> => ({
  completo: { name: 'Completo', services: services.map(({ service, modes }) => ({ service, modes })) },
  generalita: { name: 'Solo generalità', services: [{ service: 'generalita', modes: ['consultazione'] }], purposes: ['TRIB-01', 'PG-01'] },
});

export interface DemoApplication {
  readonly application: string;
  readonly ente: string;
  readonly name: string;
  readonly grants: readonly ApplicationGrant[];
  readonly redirectUris: readonly string[];
  readonly comune?: string;
  readonly key: 'RSA' | 'EC';
}

export const APPLICATIONS: readonly DemoApplication[] = [
  { application: 'tributi-roma', ente: 'c_h501', name: 'Tributi di Roma', grants: ['jwt-bearer'], redirectUris: [], key: 'RSA' },
  { application: 'tributi-bologna', ente: 'c_a944', name: 'Tributi di Bologna', grants: ['jwt-bearer'], redirectUris: [], key: 'EC' },
  { application: 'tributi-matera', ente: 'c_f052', name: 'Tributi di Matera', grants: ['jwt-bearer'], redirectUris: [], key: 'EC' },
  {
    application: 'verifiche-esempio',
    ente: 'ente_esempio',
    name: 'Verifiche dell’Ente di esempio',
    grants: ['jwt-bearer', 'authorization-code'],
    redirectUris: ['http://127.0.0.1/ritorno'],
    key: 'RSA',
  },
  { application: 'scuole-bologna', ente: 'scuole_a944', name: 'Iscrizioni scolastiche di Bologna', grants: ['jwt-bearer'], redirectUris: [], key: 'EC' },
  { application: 'pattuglia-matera', ente: 'pl_f052', name: 'Pattuglia di Matera', grants: ['jwt-bearer'], redirectUris: [], key: 'EC' },
  { application: 'rendiconti-roma', ente: 'c_h501', name: 'Rendiconti di Roma', grants: ['client-credentials'], redirectUris: [], comune: 'H501', key: 'EC' },
];

export interface DemoUser {
  readonly login: string;
  readonly name: string;
  readonly surname: string;
  readonly roles: readonly RoleAssignment[];
  readonly profile?: keyof ReturnType<typeof profilesOf>;
}

const operator = (comune: string, ente: string, application: string): RoleAssignment => ({ role: 'AUTORIZZATO', comune, ente, application });

export const USERS: readonly DemoUser[] = [
  { login: 'gestore', name: 'Gestore', surname: 'Demo', roles: [{ role: 'GESTORE' }] },
  { login: 'top.roma', name: 'Top', surname: 'Roma', roles: [{ role: 'TOP', comune: 'H501' }] },
  { login: 'top.bologna', name: 'Top', surname: 'Bologna', roles: [{ role: 'TOP', comune: 'A944' }] },
  { login: 'top.matera', name: 'Top', surname: 'Matera', roles: [{ role: 'TOP', comune: 'F052' }] },
  { login: 'admin.roma', name: 'Admin', surname: 'Tributi', roles: [{ role: 'ADMIN', comune: 'H501', ente: 'c_h501' }] },
  { login: 'admin.bologna', name: 'Admin', surname: 'Tributi', roles: [{ role: 'ADMIN', comune: 'A944', ente: 'c_a944' }] },
  { login: 'admin.matera', name: 'Admin', surname: 'Tributi', roles: [{ role: 'ADMIN', comune: 'F052', ente: 'c_f052' }] },
  {
    login: 'admin.esempio',
    name: 'Admin',
    surname: 'Esempio',
    roles: COMUNI.map(({ comune }) => ({ role: 'ADMIN', comune, ente: 'ente_esempio' })),
  },
  { login: 'operatore.roma', name: 'Operatore', surname: 'Uno', roles: [operator('H501', 'c_h501', 'tributi-roma')], profile: 'completo' },
  { login: 'operatore.roma2', name: 'Operatore', surname: 'Due', roles: [operator('H501', 'c_h501', 'tributi-roma')], profile: 'completo' },
  { login: 'operatore.limitato', name: 'Operatore', surname: 'Limitato', roles: [operator('H501', 'c_h501', 'tributi-roma')], profile: 'generalita' },
  { login: 'operatore.bologna', name: 'Operatore', surname: 'Tre', roles: [operator('A944', 'c_a944', 'tributi-bologna')], profile: 'completo' },
  { login: 'operatore.matera', name: 'Operatore', surname: 'Quattro', roles: [operator('F052', 'c_f052', 'tributi-matera')], profile: 'completo' },
  {
    login: 'operatore.esempio',
    name: 'Operatore',
    surname: 'Esempio',
    roles: COMUNI.map(({ comune }) => operator(comune, 'ente_esempio', 'verifiche-esempio')),
    profile: 'completo',
  },
  { login: 'operatore.scuole', name: 'Operatore', surname: 'Cinque', roles: [operator('A944', 'scuole_a944', 'scuole-bologna')], profile: 'completo' },
  { login: 'agente.matera', name: 'Agente', surname: 'Esempio', roles: [operator('F052', 'pl_f052', 'pattuglia-matera')], profile: 'completo' },
];

/** Who and what the ready token of the demo is for. */
export const READY = { login: 'operatore.roma', application: 'tributi-roma' } as const;
