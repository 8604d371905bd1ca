/** Codes without leading zeros, and what they stand for. */
export type Table = Readonly<Record<string, string>>;

/**
 * Small code tables of ANPR by number, written down as facts from the public repository italia/anpr (CC BY 4.0): what is decoded by as long as a connection
 * has not downloaded its own.
 */
export const WRITTEN = {
  /** Civil status. */
  1: {
    1: 'Celibe/Nubile',
    2: 'Coniugato/a',
    3: 'Vedovo/a',
    4: 'Divorziato/a',
    6: 'Unito civilmente',
    7: 'Stato libero a seguito di decesso della parte unita civilmente',
    8: 'Stato libero a seguito di scioglimento dell’unione',
    9: 'Non classificabile/ignoto/n.c',
  },
  /** Kinship in a family. */
  5: {
    1: 'Intestatario Scheda',
    2: 'Marito / Moglie',
    3: 'Figlio / Figlia',
    4: 'Nipote (discendente)',
    5: 'Pronipote (discendente)',
    6: 'Padre / Madre',
    7: 'Nonno / Nonna',
    8: 'Bisnonno / Bisnonna',
    9: 'Fratello / Sorella',
    10: 'Nipote (collaterale)',
    11: 'Zio / Zia (Collaterale)',
    12: 'Cugino / Cugina',
    13: 'Altro Parente',
    14: 'Figliastro / Figliastra',
    15: 'Patrigno / Matrigna',
    16: 'Genero / Nuora',
    17: 'Suocero / Suocera',
    18: 'Cognato / Cognata',
    19: 'Fratellastro / Sorellastra',
    20: 'Nipote (Affine)',
    21: 'Zio / Zia (Affine)',
    22: 'Altro Affine',
    23: 'Convivente (con vincoli di adozione o affettivi)',
    24: 'Responsabile della convivenza non affettiva',
    25: 'Convivente in convivenza non affettiva',
    26: 'Tutore',
    28: 'Unito civilmente',
    80: 'Adottato',
    81: 'Nipote',
    99: 'Non definito/comunicato',
  },
  /** Place in a community (convivenza). */
  6: {
    1: 'Responsabile convivenza',
    2: 'Membro della convivenza',
    3: 'Altro',
    9: 'Ignoto',
  },
  /** Reasons of cancellation from the registry of residents. */
  15: {
    1: 'Morte accertata',
    2: 'Morte presunta giudizialmente dichiarata',
    3: 'Trasferimento di residenza in comune non subentrato',
    4: 'Trasferimento di domicilio (senza fissa dimora)',
    5: 'Trasferimento di residenza all’estero di uno straniero',
    6: 'Irreperibilità',
    7: 'Mancato rinnovo dimora abituale/permesso di soggiorno',
    8: 'Trasferimento di residenza (iscrizione AIRE)',
    9: 'Rettifiche post censuarie',
    10: 'Doppia iscrizione',
    11: 'Perdita della cittadinanza italiana',
    12: 'Ripristino posizione precedente',
    13: 'Altro',
  },
  /** Reasons of cancellation from the registry of Italians abroad. */
  28: {
    1: 'Morte accertata',
    2: 'Morte presunta giudizialmente dichiarata',
    3: 'Iscrizione nell’APR di un comune non subentrato per trasferimento dall’estero',
    4: 'Iscrizione nell’APR di un comune non subentrato per immigrazione dall’estero (art. 14 D.P.R. 31/01/1958, n. 136)',
    5: 'Irreperibilità presunta',
    6: 'Perdita della cittadinanza',
    7: 'Trasferimento nell’AIRE di altro comune non subentrato',
    8: 'Altro',
    10: 'Doppia iscrizione',
  },
} as const satisfies Readonly<Record<number, Table>>;
