import { romeDay, type IstatCode } from '@geres/contracts';

export interface ComuneFacts {
  readonly comune: string;
  readonly name: string;
  readonly province: string;
  readonly istatCodes: readonly IstatCode[];
}

/** A Comune as it is on a day. `istat` is the code in force then, or the last one it had. */
export interface ComuneOn {
  readonly comune: string;
  readonly name: string;
  readonly province: string;
  readonly istat: string;
}

const current = ({ comune, name, province, istatCodes }: ComuneFacts, day: string): ComuneOn => {
  const inForce = istatCodes.find(({ from, to }) => from <= day && (to === undefined || day <= to)) ?? istatCodes.at(-1)!;
  return { comune, name, province, istat: inForce.code };
};

const today = (): string => romeDay(new Date());

/** The Comuni of the installation, found by either code. */
export class ComuneDirectory {
  private readonly byId = new Map<string, ComuneFacts>();
  private readonly byIstat = new Map<string, string>();

  /** What is known of a Comune now, in place of what was. */
  put(facts: ComuneFacts): void {
    for (const { code } of this.byId.get(facts.comune)?.istatCodes ?? []) if (this.byIstat.get(code) === facts.comune) this.byIstat.delete(code);
    this.byId.set(facts.comune, facts);
    for (const { code } of facts.istatCodes) this.byIstat.set(code, facts.comune);
  }

  get(comune: string): ComuneFacts | undefined {
    return this.byId.get(comune);
  }

  /** By codice catastale or by any ISTAT code that it has or has had. */
  resolve(code: string, day = today()): ComuneOn | undefined {
    const facts = this.byId.get(code) ?? this.byId.get(this.byIstat.get(code) ?? '');
    return facts && current(facts, day);
  }

  all(day = today()): readonly ComuneOn[] {
    return [...this.byId.values()].map((facts) => current(facts, day));
  }

  facts(): readonly ComuneFacts[] {
    return [...this.byId.values()];
  }
}
