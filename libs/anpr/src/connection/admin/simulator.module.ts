import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { SimulatorHosts } from '../endpoints.domain.js';
import { SIMULATOR_HOSTS } from './connector-side.module.js';

/** Names by which the simulator is reached, where it is not on this machine: a connection may be configured towards them, in environment `test` alone. */
@Global()
@Module({})
export class SimulatorModule {
  static at(hosts: SimulatorHosts): DynamicModule {
    const provider = { provide: SIMULATOR_HOSTS, useValue: hosts };
    return { module: SimulatorModule, providers: [provider], exports: [provider.provide] };
  }
}
