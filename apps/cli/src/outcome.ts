/** What the process ends with; scripts rely on it. */
export const EXIT = { done: 0, refused: 1, wrongUse: 2, unreachable: 3, damaged: 4, pending: 5, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES = `Codici di uscita:
  0    fatto
  1    rifiutato, o finito senza risultato
  2    comando, impostazione, file o chiave da correggere
  3    GeRes non è raggiungibile
  4    l’archivio, il file o il backup è alterato o incompleto
  5    la richiesta è registrata e non ha ancora un esito
  130  interrotto`;

/** The command ends here. The message, Italian, is for whoever gave it and never holds personal data. */
export class Ended extends Error {
  override readonly name = 'Ended';
  constructor(
    readonly code: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

export const refused = (message: string): Ended => new Ended(EXIT.refused, message);
export const wrongUse = (message: string): Ended => new Ended(EXIT.wrongUse, message);
export const unreachable = (message: string): Ended => new Ended(EXIT.unreachable, message);
