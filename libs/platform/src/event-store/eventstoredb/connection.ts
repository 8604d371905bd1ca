import type { Credentials } from '@eventstore/db-client';

export interface ConnectionOptions {
  /** `esdb://node:2113`, `esdb://one:2113,two:2113,three:2113` or `esdb+discover://cluster:2113`, with the client's parameters (`tls`, `tlsCAFile`, `keepAliveInterval`, …). */
  readonly connectionString: string;
  /** Absent: those that the connection string carries. Needed with TLS. */
  readonly credentials?: Credentials;
}

/** What cannot be a connection. The message never has the credentials in it. */
export class WrongConnection extends Error {
  override readonly name = 'WrongConnection';
}

const FORM = /^(esdb(?:\+discover)?:\/\/)(?:([^:@/]+):([^@]*)@)?([^@]+)$/;
const INSTANCE = /^[\w.-]{1,100}$/;

/** Without TLS the client sends no credentials, whatever it is given; that it is given some chooses the kind of append. */
const NOBODY: Credentials = { username: 'nobody', password: '' };

/**
 * The credentials apart from the rest: the client prints the connection string when it warns. Errors: `WrongConnection`, also for TLS that does not verify the server, which the
 * client would take and not do.
 */
export function connectionOf({ connectionString, credentials }: ConnectionOptions, instance: string): { readonly connectionString: string; readonly credentials: Credentials } {
  const [, scheme, username, password, rest] = FORM.exec(connectionString.trim()) ?? [];
  if (!scheme || !rest) throw new WrongConnection('a connection to EventStoreDB begins with esdb:// or esdb+discover://, then hosts');
  if (!INSTANCE.test(instance)) throw new WrongConnection('the name of an instance is letters, digits, «.», «_», «-»');
  const parameters = new URLSearchParams(rest.slice(rest.indexOf('?') + 1 || rest.length));
  const said = (name: string): string | undefined => [...parameters].find(([key]) => key.toLowerCase() === name)?.[1];
  if (said('tlsverifycert') === 'false') throw new WrongConnection('the certificate of the server is always verified: name its authority with tlsCAFile');
  const given = credentials ?? (username === undefined || password === undefined ? undefined : { username: decoded(username), password: decoded(password) });
  if (!given && said('tls') !== 'false') throw new WrongConnection('with TLS the server wants credentials');
  return { connectionString: `${scheme}${rest}`, credentials: given ?? NOBODY };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WrongConnection('credentials in a connection string are percent-encoded');
  }
}
