import { catalogue, problem } from '@geres/kernel';

interface Of {
  readonly profilo: string;
}

export const failProfile = catalogue({
  'profilo-assente': problem(404, 'Profilo assente', (p: Of) => `Il profilo ${p.profilo} non esiste.`),
  'profilo-gia-presente': problem(409, 'Profilo già presente', (p: Of) => `Il profilo ${p.profilo} esiste già.`),
  'profilo-ritirato': problem(409, 'Profilo ritirato', (p: Of) => `Il profilo ${p.profilo} è stato ritirato.`),
  'profilo-oltre-convenzione': problem(422, 'Profilo oltre la convenzione', (p: { voce: string }) => `La convenzione non concede ${p.voce}: un profilo ne è una parte.`),
  'profilo-ripetuto': problem(422, 'Voce ripetuta', (p: { voce: string }) => `È indicato più volte ${p.voce}.`),
});
