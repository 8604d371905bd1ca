import { ConfigError } from '@geres/platform/config';
import { createServer } from 'node:net';

export interface WantedPort {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The settings that said so, for whoever has to change them. */
  readonly settings: { readonly host: string; readonly port: string };
}

/** A port on which this process may listen now, found out before anything is made. Errors: `ConfigError`, which names the setting. */
export function freePort({ host, port, settings }: WantedPort): Promise<number> {
  return new Promise((found, reject) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EADDRINUSE') reject(new ConfigError(`${settings.port} = "${port}": la porta è già in uso`));
      else if (code === 'EACCES') reject(new ConfigError(`${settings.port} = "${port}": questo utente non può ascoltare su questa porta`));
      else reject(new ConfigError(`${settings.host} = ${JSON.stringify(host)}: non si può ascoltare su questo indirizzo (${code ?? 'errore'})`));
    });
    server.listen(port, host, () => {
      const { port: free } = server.address() as { readonly port: number };
      server.close(() => found(free));
    });
  });
}
