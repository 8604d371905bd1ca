import { EXPIRY_WARNINGS, type CertificateUse, type InstalledCertificate } from '@geres/contracts';

/** A key that may be used: installed, not retired. Warnings are the smallest number of days at which its end was told. */
export interface UsableCertificate extends InstalledCertificate {
  readonly warned?: number;
}

const DAY_MS = 86_400_000;

/** Whether it may be used at `now`; a key without certificate always. */
export const isValid = ({ x509 }: Pick<InstalledCertificate, 'x509'>, now: Date): boolean => x509 === undefined || (Date.parse(x509.notBefore) <= now.getTime() && now.getTime() < Date.parse(x509.notAfter));

/** Of several for one use, the one that began last: a renewed certificate takes over the moment it holds, without a stop. */
export const inUse = (certificates: readonly UsableCertificate[], use: CertificateUse, now: Date): UsableCertificate | undefined =>
  certificates
    .filter((one) => one.use === use && isValid(one, now))
    .reduce<UsableCertificate | undefined>((best, one) => (best === undefined || (one.x509?.notBefore ?? '') >= (best.x509?.notBefore ?? '') ? one : best), undefined);

/** The warning that is due for a certificate: the nearest one whose days have begun, if it or a nearer one was not given yet. */
export function warningDue({ x509, warned = Infinity }: UsableCertificate, now: Date): (typeof EXPIRY_WARNINGS)[number] | undefined {
  if (!x509) return undefined;
  const left = (Date.parse(x509.notAfter) - now.getTime()) / DAY_MS;
  const due = EXPIRY_WARNINGS.findLast((days) => left <= days);
  return due !== undefined && due < warned ? due : undefined;
}

const lifeOf = ({ x509 }: Pick<InstalledCertificate, 'x509'>): readonly { readonly from: number; readonly to: number }[] => (x509 ? [{ from: Date.parse(x509.notBefore), to: Date.parse(x509.notAfter) }] : []);

/** Whether another takes over before it ends, so that its end is no matter. The key of a PDND client is named by its thumbprint: no other takes its place by itself. */
export function isSucceeded(one: UsableCertificate, all: readonly UsableCertificate[]): boolean {
  const [life] = lifeOf(one);
  return life !== undefined && one.use !== 'client' && all.some((other) => other.use === one.use && lifeOf(other).some(({ from, to }) => from <= life.to && to > life.to));
}

/** Until when a use has certificates without a gap; when its last one ended, if none is valid now. Nothing where it has none that ends. */
export function coveredUntil(certificates: readonly UsableCertificate[], use: CertificateUse, now: Date): Date | undefined {
  const lives = certificates.filter((one) => one.use === use).flatMap(lifeOf).sort((a, b) => a.from - b.from);
  const until = lives.reduce((end, { from, to }) => (from <= end ? Math.max(end, to) : end), now.getTime());
  if (until > now.getTime()) return new Date(until);
  const ended = lives.filter(({ to }) => to <= now.getTime()).map(({ to }) => to);
  return ended.length === 0 ? undefined : new Date(Math.max(...ended));
}
