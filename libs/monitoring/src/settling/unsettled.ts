/**
 * In which Comuni a lookup may be without outcome: everywhere until somebody has looked, then where a row has said so since. Thousands of Comuni ask nothing for hours, and
 * need no look.
 */
export class Unsettled {
  private readonly noted = new Map<string, number>();
  private readonly settled = new Map<string, number>();

  /** A row says that a lookup of this Comune is open. */
  note(comune: string): void {
    this.noted.set(comune, this.notes(comune) + 1);
  }

  /** How many times that was said; to be asked before looking. */
  notes(comune: string): number {
    return this.noted.get(comune) ?? 0;
  }

  /** Nothing was open when so many notes had been made. */
  settle(comune: string, notes: number): void {
    this.settled.set(comune, notes);
  }

  mayBeIn(comune: string): boolean {
    return this.settled.get(comune) !== this.notes(comune);
  }
}
