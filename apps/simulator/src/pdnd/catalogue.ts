/** The e-services that this simulator has, by `casoUso`; segments as the catalogue of PDND spells them in working URLs. */
export const SERVICES = {
  C003: 'C003-servizioVerificaDichGeneralita',
  C007: 'C007-servizioVerificaDichEsistenzaVita',
  C008: 'C008-servizioVerificaDichResidenza',
  C015: 'C015-servizioAccertamentoGeneralita',
  C018: 'C018-servizioAccertamentoCittadinanza',
  C019: 'C019-servizioAccertamentoEsistenzaVita',
  C020: 'C020-servizioAccertamentoResidenza',
  C021: 'C021-servizioAccertamentoStatoFamiglia',
  C030: 'C030-servizioAccertamentoIdUnicoNazionale',
} as const;

export type CasoUso = keyof typeof SERVICES;
export const CASI_USO = Object.keys(SERVICES) as CasoUso[];

/** The environment that this simulator stands for: collaudo. */
export const ASSERTION_AUDIENCE = 'auth.uat.interop.pagopa.it/client-assertion';
export const VOUCHER_ISSUER = 'uat.interop.pagopa.it';
export const TOKEN_ENDPOINT = 'https://auth.uat.interop.pagopa.it/token.oauth2';
export const GOVWAY = '/govway/rest/in/MinInternoPortaANPR-PDND';
export const ANPR = 'https://modipa-val.anpr.interno.it';
export const PRODUCER = '99999999-0000-4000-8000-000000000000';
export const VOUCHER_SECONDS = 600;

export function audienceOf(casoUso: CasoUso): string {
  return `${ANPR}/govway/rest/in/MinInternoPortaANPR/${SERVICES[casoUso]}/v1`;
}

export function casoUsoOf(segment: string): CasoUso | undefined {
  return CASI_USO.find((code) => SERVICES[code] === segment);
}

export function eserviceOf(casoUso: CasoUso): { readonly eserviceId: string; readonly descriptorId: string } {
  const number = casoUso.slice(1).padStart(12, '0');
  return { eserviceId: `99999999-0000-4000-8001-${number}`, descriptorId: `99999999-0000-4000-8002-${number}` };
}
