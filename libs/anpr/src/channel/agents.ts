import { Agent } from 'undici';

/** What decides over how many sockets a Comune reaches ANPR, and where. */
interface Reach {
  readonly endpoint: string;
  readonly maxInFlight: number;
}

const CONNECT_MS = 5000;

/** The sockets of each Comune, apart from those of the others: one agent each, replaced when its connection changes. */
export class Agents {
  private readonly all = new Map<string, { readonly agent: Agent; readonly reach: Reach }>();

  constructor(private readonly maxAnswerBytes: number) {}

  of(comune: string, { endpoint, maxInFlight }: Reach): Agent {
    const known = this.all.get(comune);
    if (known && known.reach.endpoint === endpoint && known.reach.maxInFlight === maxInFlight) return known.agent;
    // Time is kept by whoever calls: an answer that trickles in never trips the timeouts of an agent.
    const agent = new Agent({ connections: maxInFlight, pipelining: 1, connect: { timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0, maxResponseSize: this.maxAnswerBytes });
    this.all.set(comune, { agent, reach: { endpoint, maxInFlight } });
    void known?.agent.close(); // what flies over its sockets ends first
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.all.values()];
    this.all.clear();
    await Promise.all(agents.map(({ agent }) => agent.close()));
  }
}
