import { OUTCOMES, registerStream, romeDay, type LookupEvent, type Sealed, type Tag } from '@geres/contracts';
import { eventId, NO_STREAM, whole, type DomainEvent, type EventStore, type Head, type NewEvent } from '@geres/kernel';
import { newUlid } from '@geres/platform';
import { randomBytes } from 'node:crypto';

/** Who asked, in the lookups that are made up: ids that the archive of the demo may know, or any. */
export interface Asker {
  readonly comune: string;
  readonly ente: string;
  readonly application: string;
}

const BATCH = 150;
/** Streams that are written at once, so that they share commits. */
const TOGETHER = 8;
const CONVENTION = newUlid();
const PROFILE = newUlid();
const OPERATOR = newUlid();
const USERS = Array.from({ length: 20 }, () => newUlid());

const tag = (): Tag => randomBytes(16).toString('hex') as Tag;

/** The two events of a lookup that was answered, as large as real ones. */
function lookup({ comune, ente, application }: Asker, at: number, index: number): readonly NewEvent[] {
  const id = newUlid(at);
  const user = USERS[index % USERS.length]!;
  const session = USERS[0]!;
  const meta = { actor: `user:${user}`, application, session, correlationId: crypto.randomUUID(), causationId: id, recordedAt: new Date(at).toISOString(), environment: 'test' as const };
  const requested: LookupEvent = {
    type: 'anpr.lookup.requested',
    v: 1,
    data: {
      ...{ lookup: id, comune, user, ente, application, session, service: 'residenza', mode: 'consultazione', purpose: 'TRIB-01' },
      subject: `s1.${randomBytes(150).toString('base64url')}` as Sealed,
      tags: [tag(), tag()],
      ...{ convention: CONVENTION, profile: PROFILE, channel: 'ws', sections: ['2', '10', '27', '28'], territory: 'nazionale', anprOperator: OPERATOR, operationId: id },
      askBy: new Date(at + 60_000).toISOString(),
    },
  };
  const answered: LookupEvent = {
    type: 'anpr.lookup.answered',
    v: 1,
    data: { lookup: id, comune, outcome: OUTCOMES[index % 10 === 0 ? 1 : 0], sections: ['2', '10', '27', '28'], persons: 1, anprOperationId: String(1_795_000_000_000 + index), answer: tag(), tags: [tag()], anprMs: 180 },
  };
  return [requested, answered].map((event: DomainEvent, at) => ({ ...event, id: eventId(id, at), meta }));
}

/** Adds so many answered lookups to the register of a Comune and day, a thousand a minute up to `until`. */
export async function fillRegister(store: EventStore, asker: Asker, until: Date, lookups: number): Promise<void> {
  const stream = registerStream(asker.comune, romeDay(until));
  let { head } = await whole(store.read(stream));
  if (head.version === 0) head = NO_STREAM;
  let waiting: NewEvent[] = [];
  const flush = async (): Promise<void> => {
    head = (await store.append(stream, head, waiting)).head;
    waiting = [];
  };
  for (let index = 0; index < lookups; index++) {
    waiting.push(...lookup(asker, until.getTime() - (lookups - index), index));
    if (waiting.length >= BATCH) await flush();
  }
  if (waiting.length > 0) await flush();
}

/** Spreads lookups over the days before `until`, the same number a day. */
export async function fillDays(store: EventStore, asker: Asker, until: Date, { days, perDay }: { readonly days: number; readonly perDay: number }, onDay: (day: number) => void = () => undefined): Promise<void> {
  let next = 1;
  const one = async (): Promise<void> => {
    while (next <= days) {
      const day = next++;
      // Noon, so that a thousand lookups stay in their day.
      await fillRegister(store, asker, new Date(Date.parse(`${romeDay(new Date(until.getTime() - day * 86_400_000))}T11:00:00Z`)), perDay);
      onDay(day);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
}

/** As many users with a profile each: what the grants are folded from. Two events a user. */
export async function fillUsers(store: EventStore, { comune, ente }: Asker, users: number): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next++ < users) {
      const user = newUlid();
      const meta = { actor: 'system:bench', correlationId: user, causationId: user, recordedAt: new Date().toISOString(), environment: 'test' as const };
      const events: readonly DomainEvent[] = [
        { type: 'identity.user.role-assigned', v: 1, data: { user, assignment: { role: 'AUTORIZZATO', comune, ente } } },
        { type: 'identity.user.profile-assigned', v: 1, data: { user, profile: PROFILE, comune, ente } },
      ];
      const head: Head = NO_STREAM;
      await store.append(`user-${user}`, head, events.map((event, index) => ({ ...event, id: eventId(user, index), meta })));
    }
  };
  await Promise.all(Array.from({ length: 64 }, one));
}
