import { Module, type DynamicModule } from '@nestjs/common';
import { AnprAdminModule, AnprConnectorModule, AnprGatewayModule, DeviceModule, type DeviceOptions } from '@geres/anpr';
import { IdentityAdminModule, type Identity } from '@geres/identity';
import { MonitoringModule } from '@geres/monitoring';
import { HealthModule, type HealthOptions, type ReadinessCheck } from '@geres/platform/http';
import { PlatformModule, type PlatformParts } from '@geres/platform/service';

export interface Health extends HealthOptions {
  readonly checks: readonly ReadinessCheck[];
  /** Where keys of connections are that never leave it. */
  readonly device?: DeviceOptions | undefined;
}

/** Every service in one process: the same modules that the distributed form lists one by one. */
@Module({})
export class StandaloneModule {
  static forRoot(parts: PlatformParts, identity: Identity, { checks, device, ...health }: Health): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [PlatformModule.forRoot(parts), AnprGatewayModule, DeviceModule.forRoot(device), AnprConnectorModule, IdentityAdminModule.forRoot(identity), AnprAdminModule.forRoot(), MonitoringModule, HealthModule.forRoot(checks, health)],
    };
  }
}
