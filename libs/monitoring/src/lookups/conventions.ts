import { conventionEvents, known } from '@geres/contracts';
import type { Recorded } from '@geres/kernel';

interface ConventionFacts {
  readonly comune: string;
  readonly ente: string;
  readonly adminSeesSubject: boolean;
  readonly inForce: boolean;
  /** Days: of its terms, and the last one for which it was confirmed. */
  readonly from: string;
  readonly to: string;
  readonly recertifyBy: string;
}

/** What monitoring needs to know of conventions, by id. Held in memory, followed live. */
export interface Conventions {
  readonly byId: Map<string, ConventionFacts>;
}

export const CONVENTION_PREFIXES = ['convention-'] as const;
export const noConventions = (): Conventions => ({ byId: new Map() });

export function applyConvention({ byId }: Conventions, recorded: Recorded): void {
  const event = known(conventionEvents, recorded);
  const { convention, comune, ente } = event.data;
  const before = byId.get(convention) ?? { comune, ente, adminSeesSubject: false, inForce: false, from: '', to: '', recertifyBy: '' };
  switch (event.type) {
    case 'identity.convention.drafted':
    case 'identity.convention.amended': {
      const { adminSeesSubject, from, to } = event.data.terms;
      byId.set(convention, { ...before, adminSeesSubject, from, to });
      return;
    }
    case 'identity.convention.approved':
      byId.set(convention, { ...before, inForce: true, recertifyBy: event.data.recertifyBy });
      return;
    case 'identity.convention.recertified':
      byId.set(convention, { ...before, recertifyBy: event.data.recertifyBy });
      return;
    case 'identity.convention.extended':
      byId.set(convention, { ...before, to: event.data.to });
      return;
    case 'identity.convention.resumed':
      byId.set(convention, { ...before, inForce: true });
      return;
    case 'identity.convention.suspended':
    case 'identity.convention.revoked':
    case 'identity.convention.expired':
      byId.set(convention, { ...before, inForce: false });
      return;
    case 'identity.convention.application-admitted':
    case 'identity.convention.application-removed':
      return;
    default:
      event satisfies never;
  }
}

export interface SubjectSeen {
  readonly comune: string;
  readonly ente: string;
  /** Absent where the lookup was refused before one was found: any of them may allow it then. */
  readonly convention?: string | undefined;
  /** In Europe/Rome. */
  readonly today: string;
}

/** Whether the ADMIN of an Ente may see the person of a lookup: what its convention says now, while it is approved, in date, confirmed and not suspended. */
export function adminSees({ byId }: Conventions, { comune, ente, convention, today }: SubjectSeen): boolean {
  const allows = (facts: ConventionFacts | undefined): boolean =>
    facts !== undefined && facts.comune === comune && facts.ente === ente && facts.adminSeesSubject && facts.inForce && facts.from <= today && today <= facts.to && today <= facts.recertifyBy;
  return convention === undefined ? [...byId.values()].some(allows) : allows(byId.get(convention));
}

/** The Comuni that can have asked: without a convention nothing is asked. */
export const comuniOf = ({ byId }: Conventions): readonly string[] => [...new Set([...byId.values()].map(({ comune }) => comune))];
