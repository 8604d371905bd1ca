import { Agent } from 'undici';

/** What a Comune trusts, and shows, on TLS. PEM throughout. */
export interface TlsMaterial {
  /** Certification authorities, never the certificate of the server itself: ANPR renews that one without notice. In place of those that Node trusts. */
  readonly ca?: readonly string[] | undefined;
  /** Client certificate with its chain, and its key. Whether ANPR asks for one is not public. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Name that the certificate of the server must have, where it is not the host of the endpoint. */
  readonly servername?: string | undefined;
}

/** What decides over how many sockets a Comune reaches ANPR, where, and whom it trusts there. */
interface Reach extends TlsMaterial {
  readonly endpoint: string;
  readonly maxInFlight: number;
}

const CONNECT_MS = 5000;

/** The sockets of each Comune, apart from those of the others: one agent each, replaced when its connection or its certificates change. */
export class Agents {
  private readonly all = new Map<string, { readonly agent: Agent; readonly reach: Reach }>();

  constructor(private readonly maxAnswerBytes: number) {}

  of(comune: string, reach: Reach): Agent {
    const known = this.all.get(comune);
    if (known && same(known.reach, reach)) return known.agent;
    const { maxInFlight, ca, cert, key, servername } = reach;
    const agent = new Agent({
      connections: maxInFlight,
      pipelining: 1,
      allowH2: false, // one question a socket: what is cut disturbs no other
      connect: { timeout: CONNECT_MS, ...(ca ? { ca: [...ca] } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(servername ? { servername } : {}) },
      // Time is kept by whoever calls: an answer that trickles in never trips the timeouts of an agent.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: this.maxAnswerBytes,
    });
    this.all.set(comune, { agent, reach });
    void known?.agent.close(); // what flies over its sockets ends first
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.all.values()];
    this.all.clear();
    await Promise.all(agents.map(({ agent }) => agent.close()));
  }
}

const SINGLE = ['endpoint', 'maxInFlight', 'cert', 'key', 'servername'] as const satisfies readonly (keyof Reach)[];
const same = (a: Reach, b: Reach): boolean => SINGLE.every((part) => a[part] === b[part]) && (a.ca === b.ca || (a.ca?.length === b.ca?.length && (a.ca ?? []).every((one, index) => one === b.ca?.[index])));
