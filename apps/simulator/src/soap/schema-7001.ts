import { one, optional, sequence, pattern, type Type } from './schema.js';
import { TESTATA_RICHIESTA } from './schema-3002.js';

// The requests of vocabolario7001scaricoTabelle.xsd that this simulator answers.

const digits = (count: number): Type => pattern(/^\p{Nd}+$/u, count, count);

export const RICHIESTA_7001: Type = sequence(one('testataRichiesta', TESTATA_RICHIESTA), one('datiRichiesta', sequence(one('idTabella', digits(3)))));

export const RICHIESTA_7003: Type = sequence(one('testataRichiesta', TESTATA_RICHIESTA), one('datiRichiesta', sequence(optional('tipoVersioni', digits(1)))));
