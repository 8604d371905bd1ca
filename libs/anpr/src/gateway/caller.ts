import { Inject, Injectable } from '@nestjs/common';
import type { LookupCaller } from '@geres/contracts';
import { RIGHTS, type Caller, type RightsState } from '@geres/platform/auth';
import type { Live } from '@geres/platform/projections';
import { failLookup } from '../lookup/lookup.problems.js';

/** How long an application that this instance has not seen is waited for. */
const CATCH_UP_MS = 1000;

/** Completes what a token says with what only the rights know: the Ente of an application, the Comune behind a code. */
@Injectable()
export class CallerResolver {
  constructor(@Inject(RIGHTS) private readonly rights: Live<RightsState>) {}

  /** Codice catastale, from either code. Errors: `comune-sconosciuto`; `diritti-non-verificabili` where that cannot be shown. */
  comune(code: string): string {
    const known = this.rights.state.comuni.resolve(code);
    if (!known) throw failLookup(this.rights.fresh() ? 'comune-sconosciuto' : 'diritti-non-verificabili');
    return known.comune;
  }

  /** Who asks, for the connector, which decides. A token without a person or of an unknown application cannot ask. */
  async lookupCaller({ user, session, application, network }: Caller): Promise<LookupCaller> {
    if (!user || !session) throw failLookup('utente-non-abilitato');
    if (!(await this.rights.canTell(({ applications }) => applications.has(application), CATCH_UP_MS))) throw failLookup('diritti-non-verificabili');
    const known = this.rights.state.applications.get(application);
    if (!known) throw failLookup('applicazione-non-abilitata');
    return { user, session, application, ente: known.ente, network };
  }
}
