/**
 * Small code tables of ANPR, written down as facts from the public repository italia/anpr (CC BY 4.0). A code that is not here is shown as it is: a minor
 * release may add some.
 */
type Table = Readonly<Record<string, string>>;

/** ANPR writes codes with and without leading zeros: `01` is `1`. */
export const plainCode = (code: string | undefined): string | undefined => code?.replace(/^0+(?=\d)/, '');

const decoder =
  (table: Table) =>
  (code: string | undefined): string | undefined => {
    const plain = plainCode(code);
    return plain !== undefined && Object.hasOwn(table, plain) ? table[plain] : code;
  };

/** Table 25, tipo indirizzo. */
export const addressKind = decoder({
  1: 'residenza',
  2: 'dimora-abituale',
  3: 'domicilio-eletto',
  4: 'residenza-estera',
  5: 'presso-localita-italiana',
  6: 'presso-localita-estera',
  7: 'ultima-residenza-italiana',
  8: 'residenza-temporanea',
  9: 'altro',
  10: 'revisione-onomastica',
  11: 'rettifica',
});

/** Table 15, reasons of cancellation from the registry of residents. */
export const cancellationReason = decoder({
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
});

/** Table 28, reasons of cancellation from the registry of Italians abroad. */
export const aireCancellationReason = decoder({
  1: 'Morte accertata',
  2: 'Morte presunta giudizialmente dichiarata',
  3: 'Iscrizione nell’APR di un comune non subentrato per trasferimento dall’estero',
  4: 'Iscrizione nell’APR di un comune non subentrato per immigrazione dall’estero (art. 14 D.P.R. 31/01/1958, n. 136)',
  5: 'Irreperibilità presunta',
  6: 'Perdita della cittadinanza',
  7: 'Trasferimento nell’AIRE di altro comune non subentrato',
  8: 'Altro',
  10: 'Doppia iscrizione',
});

/** Reasons 1 and 2 of both tables. */
export const isDeath = (code: string | undefined): boolean => ['1', '2'].includes(plainCode(code) ?? '');

/** Table 22: the code says that the Agenzia delle Entrate has validated a codice fiscale. */
export const isValidated = (code: string): boolean => plainCode(code) === '1';
