import { CannotSign, type Signer } from './signer.js';

/** In whose name, from which place and with which keys ANPR is asked. */
export interface WssIdentity {
  /** Codice fiscale of the ANPR operator. */
  readonly operator: string;
  /** ISTAT code of the Comune at ANPR, as in `codMittente`. */
  readonly idSede: string;
  /** `999001-PC-0001` for a workstation, `999001-CO-9999` for the server of the Comune. */
  readonly idPostazione: string;
  readonly idApplicazione: string;
  /** Public address of the Comune (`SubjectLocality`); left out where it is not known. */
  readonly address?: string;
  /** Signs message and assertion. */
  readonly server: Signer;
  /** Signs `IdPostazione`; a server may be its own workstation. */
  readonly workstation: Signer;
}

const FORMS = {
  operator: /^[0-9A-Z]{16}$/,
  idSede: /^\d{6}$/,
  idPostazione: /^\d{6}-(?:PC|CO)-\d{4}$/,
  idApplicazione: /^[\x20-\x7e]{1,80}$/,
  address: /^[0-9a-fA-F.:]{2,45}$/,
} as const;

/** Finds here what ANPR's gateway would refuse without saying why. Errors: `CannotSign`, naming what is wrong. */
export function checkIdentity(identity: WssIdentity, now: Date): void {
  for (const [field, form] of Object.entries(FORMS) as [keyof typeof FORMS, RegExp][]) {
    const value = identity[field];
    if (value !== undefined && !form.test(value)) throw new CannotSign(field);
  }
  if (!identity.idPostazione.startsWith(`${identity.idSede}-`)) throw new CannotSign('idPostazione di un’altra sede');
  checkCertificate(identity.server, now, 'server');
  checkCertificate(identity.workstation, now, 'postazione');
}

function checkCertificate({ certificate }: Signer, now: Date, of: string): void {
  if (now < certificate.validFromDate) throw new CannotSign(`certificato ${of} non ancora valido`);
  if (now >= certificate.validToDate) throw new CannotSign(`certificato ${of} scaduto`);
}
