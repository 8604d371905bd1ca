import type { Environment } from '@geres/kernel';
import type { Clock } from '@geres/platform';

export interface OidcSettings {
  readonly environment: Environment;
  /** Address of the installation as its users see it, without a final slash. */
  readonly publicUrl: string;
  /** `{publicUrl}/oidc/{ambiente}`. */
  readonly issuer: string;
  readonly clock: Clock;
}
