import { AlreadyThere, type Collection, type CollectionStore } from '@geres/kernel';
import type { Sealed } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { Box, KeyStore } from '@geres/platform/keys';
import { createHash } from 'node:crypto';
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';

/** Nothing here is readable: ids (which are the tokens) are hashed, the rest is sealed. */
interface StateRow {
  readonly model: string;
  readonly sealed: Sealed;
  readonly consumed: number;
  readonly grant: string;
  readonly uid: string;
  readonly userCode: string;
}

const hashed = (value: string | undefined): string => (value === undefined ? '' : createHash('sha256').update(value).digest('base64url'));

/** Finds clients; every other model of `oidc-provider` is kept in one collection. */
export type FindClient = (id: string) => Promise<AdapterPayload | undefined>;

export interface StateDeps {
  readonly collections: CollectionStore;
  /** For what must never be forgotten: an assertion that was used. */
  readonly durable: CollectionStore;
  readonly keys: KeyStore;
  readonly clock: Clock;
}

const INDEXES = [['grant'], ['model', 'uid'], ['model', 'userCode']] as const;

export function oidcState({ collections, durable, keys, clock }: StateDeps, findClient: FindClient): (model: string) => Adapter {
  const rows = collections.collection<StateRow>({ name: 'oidc-state', indexes: INDEXES });
  const used = durable.collection<StateRow>({ name: 'oidc-used-assertions', indexes: INDEXES });
  return (model) => (model === 'Client' ? clientsOnly(findClient) : new StateAdapter(model, model === 'ReplayDetection' ? used : rows, keys, clock));
}

class StateAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly rows: Collection<StateRow>,
    private readonly keys: KeyStore,
    private readonly clock: Clock,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const key = this.keyOf(id);
    const next: StateRow = {
      model: this.model,
      sealed: (await this.box()).seal(payload, key),
      consumed: 0,
      grant: hashed(payload.grantId),
      uid: hashed(payload.uid),
      userCode: hashed(payload.userCode),
    };
    const expiry = expiresIn === undefined ? {} : { expiresAt: new Date(this.clock().getTime() + expiresIn * 1000) };
    for (;;) {
      const seen = await this.rows.get(key);
      // A `jti` that is seen for the second time is a replay, also when both arrive together.
      if (seen && this.model === 'ReplayDetection') throw new errors.InvalidClientAuth({ detail: 'replay' });
      if (seen ? await this.rows.replace(key, seen, { ...next, consumed: seen.consumed }, expiry) : await this.inserted(key, next, expiry)) return;
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const key = this.keyOf(id);
    return this.open(key, await this.rows.get(key));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.findOne({ model: this.model, uid: hashed(uid) });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.findOne({ model: this.model, userCode: hashed(userCode) });
  }

  /** Of two that consume the same code or token, one is refused. */
  async consume(id: string): Promise<void> {
    const key = this.keyOf(id);
    const seen = await this.rows.get(key);
    if (!seen || seen.consumed > 0) throw new errors.InvalidGrant({ detail: 'already consumed' });
    if (!(await this.rows.replace(key, seen, { ...seen, consumed: Math.floor(this.clock().getTime() / 1000) }))) throw new errors.InvalidGrant({ detail: 'already consumed' });
  }

  async destroy(id: string): Promise<void> {
    await this.rows.remove(this.keyOf(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (;;) {
      const { rows } = await this.rows.find({ equal: { grant: hashed(grantId) }, limit: 1000 });
      await Promise.all(rows.map(({ id }) => this.rows.remove(id)));
      if (rows.length < 1000) return;
    }
  }

  private keyOf(id: string): string {
    return `${this.model}-${hashed(id)}`;
  }

  private box(): Promise<Box> {
    return this.keys.box('oidc');
  }

  private async inserted(key: string, row: StateRow, expiry: { readonly expiresAt?: Date }): Promise<boolean> {
    try {
      await this.rows.insert(key, row, expiry);
      return true;
    } catch (error) {
      if (error instanceof AlreadyThere) return false;
      throw error;
    }
  }

  private async findOne(equal: { readonly model: string; readonly uid: string } | { readonly model: string; readonly userCode: string }): Promise<AdapterPayload | undefined> {
    const { rows } = await this.rows.find({ equal, limit: 1 });
    const [found] = rows;
    return found && this.open(found.id, found.row);
  }

  private async open(key: string, row: StateRow | undefined): Promise<AdapterPayload | undefined> {
    if (!row) return undefined;
    const payload = (await this.box()).open(row.sealed, key) as AdapterPayload;
    return row.consumed > 0 ? { ...payload, consumed: row.consumed } : payload;
  }
}

const noClients = (): Promise<never> => Promise.reject(new TypeError('clients are applications: they are registered by events'));

const clientsOnly = (find: FindClient): Adapter => ({
  find,
  upsert: noClients,
  findByUid: noClients,
  findByUserCode: noClients,
  consume: noClients,
  destroy: noClients,
  revokeByGrantId: noClients,
});
