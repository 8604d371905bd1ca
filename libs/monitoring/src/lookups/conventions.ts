import { conventionEvents, known } from '@geres/contracts';
import type { Recorded } from '@geres/kernel';

interface ConventionFacts {
  readonly comune: string;
  readonly ente: string;
  readonly adminSeesSubject: boolean;
  readonly inForce: boolean;
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
  const before = byId.get(convention) ?? { comune, ente, adminSeesSubject: false, inForce: false };
  switch (event.type) {
    case 'identity.convention.drafted':
    case 'identity.convention.amended':
      byId.set(convention, { ...before, adminSeesSubject: event.data.terms.adminSeesSubject });
      return;
    case 'identity.convention.approved':
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
    case 'identity.convention.recertified':
    case 'identity.convention.extended':
      return;
    default:
      event satisfies never;
  }
}

/** Whether the ADMIN of an Ente may see the person of a lookup: what its convention says now, while it is in force. */
export function adminSees({ byId }: Conventions, { comune, ente, convention }: { readonly comune: string; readonly ente: string; readonly convention?: string | undefined }): boolean {
  const allows = (facts: ConventionFacts | undefined): boolean => facts !== undefined && facts.comune === comune && facts.ente === ente && facts.inForce && facts.adminSeesSubject;
  return convention === undefined ? [...byId.values()].some(allows) : allows(byId.get(convention));
}

/** The Comuni that can have asked: without a convention nothing is asked. */
export const comuniOf = ({ byId }: Conventions): readonly string[] => [...new Set([...byId.values()].map(({ comune }) => comune))];
