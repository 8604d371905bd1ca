import { plainCode } from '../../tables/tables.js';

/** Table 05, kinship in a family; from the public repository italia/anpr (CC BY 4.0). */
const FAMILY: Readonly<Record<string, string>> = {
  1: 'intestatario', 2: 'marito/moglie', 3: 'figlio/a', 4: 'nipote (discendente)', 5: 'pronipote (discendente)', 6: 'padre/madre', 7: 'nonno/a', 8: 'bisnonno/a',
  9: 'fratello/sorella', 10: 'nipote (collaterale)', 11: 'zio/a', 12: 'cugino/a', 13: 'altro parente', 14: 'figliastro/a', 15: 'patrigno/matrigna', 16: 'genero/nuora',
  17: 'suocero/a', 18: 'cognato/a', 19: 'fratellastro/sorellastra', 20: 'nipote (affine)', 21: 'zio/a (affine)', 22: 'altro affine', 23: 'convivente per vincoli affettivi',
  24: 'responsabile della convivenza non affettiva', 25: 'convivente non affettivo', 26: 'tutore', 28: 'unito civilmente', 80: 'adottato', 81: 'nipote', 99: 'non definito',
};
/** Table 06, place in a community (convivenza). */
const COMMUNITY: Readonly<Record<string, string>> = { 1: 'responsabile', 2: 'membro', 3: 'altro', 9: 'ignoto' };
const IN_COMMUNITY = '4';

/** What a tie is called; the code as it is where no table knows it. */
export function tieOf(codice: string, tipoLegame: string | undefined): string {
  const table = plainCode(tipoLegame) === IN_COMMUNITY ? COMMUNITY : FAMILY;
  const plain = plainCode(codice)!;
  return Object.hasOwn(table, plain) ? table[plain]! : codice;
}
