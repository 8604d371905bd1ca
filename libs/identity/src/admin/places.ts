import type { RoleAssignment } from '@geres/contracts';
import { fold, whole, type EventStore } from '@geres/kernel';
import { failApplication } from '../application/application.problems.js';
import { comune, comuneStream } from '../comune/comune.domain.js';
import { failComune } from '../comune/comune.problems.js';
import { failConvention } from '../convention/convention.problems.js';
import { ente, enteStream, type Ente } from '../ente/ente.domain.js';
import { failEnte } from '../ente/ente.problems.js';
import { loadApplication } from '../oidc/clients.js';

/** Errors: `ente-assente`. */
export async function registeredEnte(store: EventStore, id: string): Promise<Exclude<Ente, { status: 'absent' }>> {
  const state = fold(ente, (await whole(store.read(enteStream(id)))).events);
  if (state.status === 'absent') throw failEnte('ente-assente', { ente: id });
  return state;
}

/** A role is given where there is something. Errors: `comune-assente`, `ente-assente`, `applicazione-assente`, `applicazione-di-altro-ente`. */
export async function checkPlace(store: EventStore, { comune: place, ente: body, application }: RoleAssignment): Promise<void> {
  if (place !== undefined) {
    const { status } = fold(comune, (await whole(store.read(comuneStream(place)))).events);
    if (status === 'absent') throw failComune('comune-assente', { comune: place });
  }
  if (body !== undefined) await registeredEnte(store, body);
  if (application === undefined) return;
  const software = await loadApplication(store, application);
  if (!software) throw failApplication('applicazione-assente', { applicazione: application });
  if (software.ente !== body) throw failConvention('applicazione-di-altro-ente', { applicazione: application });
}
