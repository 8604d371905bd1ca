import { pino, type DestinationStream } from 'pino';

/**
 * Everything that a log line may say. There is no free text: what is not a field here cannot be logged, and no field holds personal data. Of an error its
 * name, code and place are logged, never its message, which may quote what somebody sent.
 */
export interface LogFields {
  /** What happened, `area.what`. */
  readonly event: string;
  readonly correlationId?: string | undefined;
  readonly stream?: string | undefined;
  readonly version?: number | undefined;
  readonly code?: string | undefined;
  readonly method?: string | undefined;
  /** The route's pattern, never the URL. */
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly ms?: number | undefined;
  readonly count?: number | undefined;
  readonly name?: string | undefined;
  /** Codice catastale, and over what its ANPR is asked. */
  readonly comune?: string | undefined;
  readonly channel?: string | undefined;
  /** Words of ours, fixed in the code. */
  readonly reason?: string | undefined;
  readonly error?: unknown;
}

export interface Log {
  debug(fields: LogFields): void;
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Errors of GeRes whose message is made of our own words alone. A `Problem` is not one: it names the fields that were sent. */
const SAFE = new Set(['WrongVersion', 'StoreUnavailable', 'BusUnavailable', 'AppendTooLarge', 'UnknownEvent', 'AlreadyThere', 'NoSuchIndex', 'KeyDestroyed', 'CannotOpen', 'RegisterLost', 'DataFolderInUse']);

/** A name or a code, not a text. */
const WORD = /^[\w.:-]{1,80}$/;
const FRAME = /^\s+at .{1,300}$/;
const MOST_FRAMES = 12;
const MOST_CAUSES = 5;

/** An error as it may be logged: name, code, frames, and the same of its causes. */
export function describedError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { name: error === null ? 'null' : typeof error };
  const { name, cause } = error;
  const code = (error as { readonly code?: unknown }).code;
  return {
    name: WORD.test(name) ? name : 'Error',
    ...(typeof code === 'string' && WORD.test(code) ? { code } : {}),
    ...(SAFE.has(name) ? { message: error.message } : {}),
    stack: framesOf(error),
    ...(cause === undefined || depth >= MOST_CAUSES ? {} : { cause: describedError(cause, depth + 1) }),
  };
}

/** A stack starts with the message, whose lines may look like frames: they are cut off with it, and dropped where the stack was rewritten. */
function framesOf({ message, stack = '' }: Error): readonly string[] {
  const at = message === '' ? -1 : stack.indexOf(message);
  const lines = new Set(message.split('\n'));
  return (at < 0 ? stack : stack.slice(at + message.length))
    .split('\n')
    .filter((line) => FRAME.test(line) && !lines.has(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim());
}

/** JSON lines. Default destination: standard error, so that standard output stays for people. `service`: said in every line, where a process is one service of several. */
export function createLog({ level, service, destination }: { readonly level: LogLevel; readonly service?: string; readonly destination?: DestinationStream }): Log {
  const options = { level, base: service === undefined ? null : { service }, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label: string) => ({ level: label }) } };
  const logger = destination ? pino(options, destination) : pino(options, pino.destination({ dest: 2, sync: false }));
  // Field by field: what a caller adds against the type stays out.
  const line = ({ event, correlationId, stream, version, code, method, route, status, ms, count, name, comune, channel, reason, error }: LogFields): object => ({
    event,
    correlationId,
    stream,
    version,
    code,
    method,
    route,
    status,
    ms: ms === undefined ? undefined : Math.round(ms * 100) / 100,
    count,
    name,
    comune,
    channel,
    reason,
    ...(error === undefined ? {} : { error: describedError(error) }),
  });
  return {
    debug: (fields) => logger.debug(line(fields)),
    info: (fields) => logger.info(line(fields)),
    warn: (fields) => logger.warn(line(fields)),
    error: (fields) => logger.error(line(fields)),
  };
}
