import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A simulator of ANPR that outlives those who ask it. */
export interface SimulatorProcess {
  readonly url: string;
  /** Milliseconds that an answer takes, at least and at most. */
  delay(minMs: number, maxMs: number): Promise<void>;
  /** Codici fiscali of synthetic people. */
  people(howMany: number): Promise<readonly string[]>;
  /** One act of its control API. Errors: it refused. */
  control(method: 'PUT' | 'POST', path: string, body: object): Promise<unknown>;
  /** Every operation about a person that reached its web services, by its id: not those that test the connection or fetch the tables. */
  asked(): Promise<ReadonlyMap<string, Asked>>;
  end(): Promise<void>;
}

/** What the simulator knows of one operation: never whom it was about. */
export interface Asked {
  readonly idOperazioneComune: string;
  /** How often a message with this id came. */
  readonly volte: number;
  /** Whether two questions came under this id. */
  readonly domandeDiverse: boolean;
  readonly esito: string;
}

/** TestConn, and the services of the series 7000. */
const ABOUT_NOBODY = /^(?:OP01|7\d{3})$/;

/** What was built of another app, beside this one. */
const built = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export async function startSimulator(): Promise<SimulatorProcess> {
  const child = fork(built('simulator/dist/main.js'), ['--port', '0'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  const [{ ready: url }] = (await once(child, 'message')) as [{ readonly ready: string }];
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const response = await fetch(`${url}/controllo/${path}`, init);
    if (!response.ok) throw new Error(`simulator: ${path} ${response.status}`);
    return (await response.json()) as T;
  };
  const control: SimulatorProcess['control'] = (method, path, body) => json(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return {
    url,
    control,
    delay: async (minMs, maxMs) => void (await control('PUT', 'ritardo', { minMs, maxMs })),
    async people(howMany) {
      const all = await json<readonly { readonly codiceFiscale?: string; readonly caso?: string }[]>(`persone?limite=${howMany}`);
      return all.flatMap(({ codiceFiscale, caso }) => (caso === undefined && codiceFiscale ? [codiceFiscale] : []));
    },
    async asked() {
      const found = new Map<string, Asked>();
      for (let after = 0; ; ) {
        const { operazioni, prossimo, dimenticate } = await json<{ readonly operazioni: readonly (Asked & { readonly operazione: string })[]; readonly prossimo: number; readonly dimenticate: number }>(`registro?da=${after}&limite=10000`);
        if (dimenticate > 0) throw new Error(`the simulator has forgotten ${dimenticate} operations`);
        for (const one of operazioni) if (!ABOUT_NOBODY.test(one.operazione)) found.set(one.idOperazioneComune, one);
        if (operazioni.length === 0) return found;
        after = prossimo;
      }
    },
    end: () => ended(child, 'SIGTERM'),
  };
}

/** Ends a process, if it has not ended, and waits for it. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
