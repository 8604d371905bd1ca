import { z } from 'zod';
import { Authorities, Capacity } from './scalars.js';

/** E-services of ANPR that GeRes asks. */
export const CASI_USO = ['C003', 'C007', 'C008', 'C015', 'C018', 'C019', 'C020', 'C021', 'C030'] as const;
export type CasoUso = (typeof CASI_USO)[number];

/** Printable ASCII: a dash of the catalogue in the place of a hyphen is an address that nobody answers at. */
const Ascii = z.string().regex(/^[\x21-\x7e]{1,300}$/, 'solo caratteri ASCII, senza spazi: controllare i trattini copiati dal catalogo');
const Address = Ascii.pipe(z.url({ protocol: /^https?$/ }));

/** One e-service, as the Comune has it in the catalogue of PDND: nothing of it is the same in another environment. */
export const PdndProfile = z.strictObject({
  url: Address.refine((url) => url.endsWith('/anpr-service-e002'), 'l’indirizzo dell’operazione finisce con /anpr-service-e002'),
  audience: Address.refine((audience) => !audience.includes('/anpr-service-e002') && !audience.includes('MinInternoPortaANPR-PDND'), 'l’audience è quella del catalogo, non l’indirizzo: MinInternoPortaANPR senza -PDND, fino a /v1'),
  purposeId: z.uuid(),
  /** Compared with that of each voucher, where it is known. */
  eserviceId: z.uuid().optional(),
  /** Key that signs; PDND knows it by its thumbprint. */
  kid: z.string().regex(/^[\w-]{43}$/),
  /** Calls a day that the Comune allows itself, at most what PDND has granted. */
  dailyQuota: z.int().min(1),
  /** `vecchio`: operation ids must reach ANPR in order, so one call at a time. */
  regime: z.enum(['nuovo', 'vecchio']).default('nuovo'),
  dpop: z.boolean().default(false),
});
export type PdndProfile = z.infer<typeof PdndProfile>;

/** How a Comune reaches the e-services of ANPR over PDND. */
export const PdndSettings = z.strictObject({
  tokenEndpoint: Address,
  /** `aud` of the client assertion: without a scheme. */
  assertionAudience: Ascii,
  /** `iss` of vouchers. */
  issuer: Ascii,
  jwksUrl: Address,
  clientId: z.uuid(),
  /** Level of assurance with which operators of the Comune are known. */
  loa: z.string().regex(/^[\w-]{1,20}$/).default('LoA2'),
  /** Lengths that ANPR takes of `userID` and `userLocation`; it publishes none. */
  evidenceMax: z.int().min(8).max(64).default(20),
  /** `idANPR`: a codice fiscale becomes an idANPR first (C030), as the decree wants. */
  searchBy: z.enum(['idANPR', 'codiceFiscale']).default('idANPR'),
  ...Capacity,
  /** Authorities beside the public ones: ANPR's test host has one of its own. */
  ca: Authorities.optional(),
  profiles: z.partialRecord(z.enum(CASI_USO), PdndProfile),
});
export type PdndSettings = z.infer<typeof PdndSettings>;
