/** A Comune as the ANPR archive of Comuni writes it (edition of 2023-10-03); `cap` is a generic one of the city. */
export interface Comune {
  readonly codiceIstat: string;
  readonly codiceCatastale: string;
  readonly nome: string;
  readonly provincia: string;
  readonly cap: string;
}

/** A foreign state: ISTAT code and denomination of ANPR table 2, letter code used in a codice fiscale. */
export interface State {
  readonly codiceStato: string;
  readonly codiceCatastale: string;
  readonly nome: string;
}

/** An Italian consulate of ANPR table 40 with the city and the state it serves. */
export interface Consulate {
  readonly codice: string;
  readonly sede: string;
  readonly stato: State;
  readonly cap: string;
}

const comune = (codiceIstat: string, codiceCatastale: string, nome: string, provincia: string, cap: string): Comune => ({ codiceIstat, codiceCatastale, nome, provincia, cap });
const state = (codiceStato: string, codiceCatastale: string, nome: string): State => ({ codiceStato, codiceCatastale, nome });

export const ROMA = comune('058091', 'H501', 'ROMA', 'RM', '00100');
export const BOLOGNA = comune('037006', 'A944', 'BOLOGNA', 'BO', '40100');
export const MATERA = comune('077014', 'F052', 'MATERA', 'MT', '75100');
export const L_AQUILA = comune('066049', 'A345', "L'AQUILA", 'AQ', '67100');
export const BOLZANO = comune('021008', 'A952', 'BOLZANO', 'BZ', '39100');

/** Where the people live whom the demo Comuni must not see with a search limited to their own residents. */
export const ELSEWHERE: readonly Comune[] = [
  comune('015146', 'F205', 'MILANO', 'MI', '20100'),
  comune('063049', 'F839', 'NAPOLI', 'NA', '80100'),
  comune('048017', 'D612', 'FIRENZE', 'FI', '50100'),
  comune('001272', 'L219', 'TORINO', 'TO', '10100'),
  comune('082053', 'G273', 'PALERMO', 'PA', '90100'),
  comune('072006', 'A662', 'BARI', 'BA', '70100'),
  comune('010025', 'D969', 'GENOVA', 'GE', '16100'),
  comune('087015', 'C351', 'CATANIA', 'CT', '95100'),
  comune('027042', 'L736', 'VENEZIA', 'VE', '30100'),
  comune('023091', 'L781', 'VERONA', 'VR', '37100'),
  comune('032006', 'L424', 'TRIESTE', 'TS', '34100'),
  comune('092009', 'B354', 'CAGLIARI', 'CA', '09100'),
  comune('054039', 'G478', 'PERUGIA', 'PG', '06100'),
  comune('042002', 'A271', 'ANCONA', 'AN', '60100'),
  comune('075035', 'E506', 'LECCE', 'LE', '73100'),
  comune('076063', 'G942', 'POTENZA', 'PZ', '85100'),
  comune('007003', 'A326', 'AOSTA', 'AO', '11100'),
  comune('036023', 'F257', 'MODENA', 'MO', '41100'),
  BOLZANO,
  L_AQUILA,
];

export const COMUNI: readonly Comune[] = [ROMA, BOLOGNA, MATERA, ...ELSEWHERE];

export const ITALIA = state('100', '', 'ITALIA');
export const ALBANIA = state('201', 'Z100', 'ALBANIA');
export const BELGIO = state('206', 'Z103', 'BELGIO');
export const FRANCIA = state('215', 'Z110', 'FRANCIA');
export const GERMANIA = state('216', 'Z112', 'GERMANIA');
export const REGNO_UNITO = state('219', 'Z114', 'REGNO UNITO');
export const ROMANIA = state('235', 'Z129', 'ROMANIA');
export const SVIZZERA = state('241', 'Z133', 'SVIZZERA');
export const MAROCCO = state('436', 'Z330', 'MAROCCO');
export const ARGENTINA = state('602', 'Z600', 'ARGENTINA');
export const PERU = state('615', 'Z611', "PERU'");

export const CONSULATES: readonly [Consulate, ...Consulate[]] = [
  { codice: '2230100', sede: 'BRUXELLES', stato: BELGIO, cap: '1050' },
  { codice: '2290103', sede: 'PARIGI', stato: FRANCIA, cap: '75116' },
  { codice: '2300403', sede: 'COLONIA', stato: GERMANIA, cap: '50931' },
  { codice: '2310103', sede: 'LONDRA', stato: REGNO_UNITO, cap: 'EC4A 4BL' },
  { codice: '2500603', sede: 'ZURIGO', stato: SVIZZERA, cap: '8039' },
  { codice: '2600103', sede: 'BUENOS AIRES', stato: ARGENTINA, cap: 'C1003ABL' },
];

/** Places of birth abroad: a state and a locality. */
export const ABROAD: readonly { readonly stato: State; readonly localita: string }[] = [
  { stato: ALBANIA, localita: 'TIRANA' },
  { stato: ROMANIA, localita: 'BUCAREST' },
  { stato: MAROCCO, localita: 'CASABLANCA' },
  { stato: PERU, localita: 'LIMA' },
  { stato: ARGENTINA, localita: 'BUENOS AIRES' },
  { stato: GERMANIA, localita: 'COLONIA' },
];
