import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Stored } from './event-log.js';
import { invalidArgument } from './statuses.js';

/** Which records of `$all` a reader is given. */
export interface Filter {
  readonly allows: (record: Stored) => boolean;
  /** Records that are looked at for one page. */
  readonly window: number;
  /** A checkpoint comes after this many records were looked at. */
  readonly checkpointInterval: number;
}

/** As many as the server reads at once. */
const READ_BATCH = 32;

/** Absent: everything. Errors: `RpcError`. */
export function filterOf(options: ReadReq.Options): Filter | undefined {
  const filter = options.getFilter();
  if (!filter) return undefined;
  const window = filter.hasMax() ? filter.getMax() : READ_BATCH;
  const multiplier = filter.getCheckpointintervalmultiplier();
  if (window === 0 || multiplier === 0) throw invalidArgument('a filter whose window or checkpoint interval is 0');
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  if (!expression) throw invalidArgument('a filter without an expression');
  const subject = (record: Stored): string => (byStream ? record.stream : record.type);
  const matches = matcher(expression.getRegex(), expression.getPrefixList());
  return { allows: (record) => matches(subject(record)), window, checkpointInterval: window * multiplier };
}

function matcher(regex: string, prefixes: readonly string[]): (name: string) => boolean {
  if (regex === '') return (name) => prefixes.some((prefix) => name.startsWith(prefix));
  let expression: RegExp;
  try {
    expression = new RegExp(regex, 'u');
  } catch {
    throw invalidArgument(`'${regex}' is not a regular expression`);
  }
  return (name) => expression.test(name);
}
