import type { RichiestaRegistrata } from '@geres/contracts';
import type { LookupRow } from './lookups.projection.js';

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** A row as the API shows it: the person is never part of it. */
export const richiestaOf = (id: string, row: LookupRow): RichiestaRegistrata =>
  present({
    id,
    quando: new Date(row.askedAt).toISOString(),
    giorno: row.day,
    comune: row.comune,
    stato: row.status,
    esito: row.outcome,
    utente: row.user,
    ente: row.ente,
    applicazione: row.application,
    sessione: row.session,
    servizio: row.service,
    modalita: row.mode,
    motivo: row.purpose,
    canale: row.channel,
    territorio: row.territory,
    sezioni: row.sections && [...row.sections],
    operatoreANPR: row.anprOperator,
    idOperazione: row.operationId ?? (row.channel && id),
    idOperazioneANPR: row.anprOperationId,
    durataANPR: row.anprMs,
    durata: row.totalMs,
    ripetizioneDi: row.retryOf,
    soggetto: row.user === undefined ? ('assente' as const) : ('oscurato' as const),
  });

const present = <T extends object>(members: T): Defined<T> => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
