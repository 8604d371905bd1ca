import type { Channel } from '@geres/contracts';
import type { UsableCertificate } from '../connection/certificates.domain.js';
import type { Grants } from '../grants/grants.js';
import type { ConnectionOf } from './vault.js';

/** Every connection that there is, with its certificates. */
export const certificatesOf = ({ connections }: Grants): readonly (ConnectionOf & { readonly certificates: readonly UsableCertificate[] })[] =>
  [...connections].flatMap(([name, state]) => {
    const [comune, channel] = name.split('/') as [string, Channel];
    return state.status === 'absent' ? [] : [{ comune, channel, certificates: state.certificates }];
  });
