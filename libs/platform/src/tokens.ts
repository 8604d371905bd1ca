/** Injection tokens of the ports: interfaces have no value at run time. */
export const EVENT_STORE = Symbol('EventStore');
export const COMMAND_BUS = Symbol('CommandBus');
/** `CollectionStore` of read models, snapshots, answers for pick-up, OIDC state. */
export const COLLECTIONS = Symbol('CollectionStore');
/** `KeyStores`, by custody. */
export const KEYS = Symbol('KeyStores');
export const INSTALLATION = Symbol('Installation');
export const LOG = Symbol('Log');
export const METRICS = Symbol('Metrics');
export const CLOCK = Symbol('Clock');
/** `AbortSignal` that aborts when the process stops: subscriptions and timers end with it. */
export const STOPPING = Symbol('Stopping');
