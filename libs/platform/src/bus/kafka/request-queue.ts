import { createRequire } from 'node:module';

/** What kafkajs keeps of the requests of one connection, as far as it is looked at here. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

let mended = false;

/**
 * kafkajs 2.2.4 looks every millisecond on each of its connections, for ever, whether a request waits (issues 1556 and 1704 there, and 1751 for the warning that Node gives). From here on
 * it looks only while one does. Errors: `TypeError`, where kafkajs is another.
 */
export function lookOnlyWhereRequestsWait(): void {
  if (mended) return;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: RequestQueue };
  const look = prototype.scheduleCheckPendingRequests;
  if (typeof look !== 'function') throw new TypeError('kafkajs keeps its requests otherwise than 2.2.4');
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) look.call(this);
  };
  mended = true;
}
