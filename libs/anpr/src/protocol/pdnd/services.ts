import { CASI_USO, type CasoUso, type Mode, type Service } from '@geres/contracts';

export { CASI_USO, type CasoUso };

/** Segment of the URL, which is also that of the audience. Written with an ASCII hyphen: the catalogue has a dash here and there. */
export const SEGMENT: Readonly<Record<CasoUso, string>> = {
  C003: 'C003-servizioVerificaDichGeneralita',
  C007: 'C007-servizioVerificaDichEsistenzaVita',
  C008: 'C008-servizioVerificaDichResidenza',
  C015: 'C015-servizioAccertamentoGeneralita',
  C018: 'C018-servizioAccertamentoCittadinanza',
  C019: 'C019-servizioAccertamentoEsistenzaVita',
  C020: 'C020-servizioAccertamentoResidenza',
  C021: 'C021-servizioAccertamentoStatoFamiglia',
  C030: 'C030-servizioAccertamentoIdUnicoNazionale',
};

/** What answers a service over `pdnd`, and the sections (table 16 of ANPR) that it discloses at most. */
export interface Served {
  readonly casoUso: CasoUso;
  readonly sections: readonly string[];
}

const SERVED: Partial<Record<Service, Partial<Record<Mode, Served>>>> = {
  generalita: { consultazione: { casoUso: 'C015', sections: ['2', '28'] }, verifica: { casoUso: 'C003', sections: ['2'] } },
  residenza: { consultazione: { casoUso: 'C020', sections: ['2', '10', '28'] }, verifica: { casoUso: 'C008', sections: ['10'] } },
  'stato-famiglia': { consultazione: { casoUso: 'C021', sections: ['2', '21', '28'] } },
  cittadinanza: { consultazione: { casoUso: 'C018', sections: ['2', '6'] } },
  'esistenza-in-vita': { consultazione: { casoUso: 'C019', sections: ['2', '28'] }, verifica: { casoUso: 'C007', sections: ['28'] } },
  // idANPR is in no section of table 16: it comes with every card.
  'id-anpr': { consultazione: { casoUso: 'C030', sections: [] } },
};

export const servedBy = (service: Service, mode: Mode): Served | undefined => SERVED[service]?.[mode];

/** Whether an answer is a yes or no about what was declared. */
export const isVerification = (casoUso: CasoUso): boolean => ['C003', 'C007', 'C008'].includes(casoUso);

/** Whether an answer says that somebody is dead when she is: only then is silence about it a sign of life. */
export const tellsDeath = (casoUso: CasoUso): boolean => ['C019', 'C020', 'C021'].includes(casoUso);
