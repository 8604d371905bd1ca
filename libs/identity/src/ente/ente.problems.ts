import { catalogue, problem } from '@geres/kernel';

export const failEnte = catalogue({
  'ente-assente': problem(404, 'Ente assente', (p: { ente: string }) => `L’Ente ${p.ente} non è registrato.`),
  'ente-gia-registrato': problem(409, 'Ente già registrato', (p: { ente: string }) => `L’Ente ${p.ente} è già registrato, con altri dati.`),
  'ufficio-gia-presente': problem(409, 'Ufficio già presente', (p: { ufficio: string }) => `L’Ente ha già un ufficio ${p.ufficio}, con un altro nome.`),
  'ufficio-assente': problem(404, 'Ufficio assente', (p: { ufficio: string }) => `L’Ente non ha un ufficio ${p.ufficio}.`),
});
