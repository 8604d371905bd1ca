import { catalogue, problem } from '@geres/kernel';

export const failComune = catalogue({
  'comune-assente': problem(404, 'Comune assente', (p: { comune: string }) => `Il Comune ${p.comune} non è registrato.`),
  'comune-gia-registrato': problem(409, 'Comune già registrato', (p: { comune: string }) => `Il Comune ${p.comune} è già registrato.`),
  'comune-cessato': problem(409, 'Comune cessato', (p: { comune: string }) => `Il Comune ${p.comune} è confluito in un altro: non si può più cambiare.`),
  'codici-istat-non-coerenti': problem(422, 'Codici ISTAT non coerenti', 'I periodi di validità dei codici ISTAT si sovrappongono o finiscono prima di cominciare.'),
});
