import { Module, type DynamicModule } from '@nestjs/common';
import { noDevice } from './device.js';
import { DEVICE } from './custody.module.js';
import { openDevice, type DeviceOptions } from './pkcs11/device.js';

/** The device of the installation, for the custody of the same process. It is reached when it is first asked. */
@Module({})
export class DeviceModule {
  /** `options`: `pkcs11Of` of the settings; without them there is no device. */
  static forRoot(options: DeviceOptions | undefined): DynamicModule {
    return { module: DeviceModule, global: true, providers: [{ provide: DEVICE, useValue: options ? openDevice(options) : noDevice }], exports: [DEVICE] };
  }
}
