import type { ConventionTerms } from '@geres/contracts';

/** Terms of a convention with nothing wrong in them. */
export const TERMS: ConventionTerms = {
  legalBasis: 'Art. 50 del codice dell’amministrazione digitale',
  act: { number: 'DD 12/2026', date: '2026-01-10' },
  from: '2026-02-01',
  to: '2028-01-31',
  services: [
    { service: 'generalita', modes: ['consultazione', 'verifica'], channel: 'pdnd' },
    { service: 'residenza', modes: ['consultazione'], channel: 'pdnd' },
  ],
  purposes: [
    { code: 'TRIB-01', description: 'Gestione dei tributi', caseRequired: false },
    { code: 'NOT-01', description: 'Notificazione di atti', caseRequired: true },
  ],
  quotas: { userPerMinute: 10, userPerDay: 200, conventionPerDay: 2000, callsPerDay: 4000 },
  hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', holidays: false },
  networks: ['10.0.0.0/8'],
  territory: 'nazionale',
  adminSeesSubject: false,
  jwtBearer: true,
};
