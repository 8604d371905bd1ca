import type { LookupRequest } from '@geres/contracts';
import type { Dichiarati } from '../protocol/pdnd/index.js';

/** What ANPR is asked to confirm; `undefined` where nothing is declared. Whoever is asked by generalità declares those, if no others were. */
export function declaredOf({ servizio, modalita, soggetto, dichiarati }: Pick<LookupRequest, 'servizio' | 'modalita' | 'soggetto' | 'dichiarati'>): Dichiarati | undefined {
  if (modalita !== 'verifica') return undefined;
  if (servizio === 'residenza') return dichiarati?.residenza && { residenza: dichiarati.residenza };
  if (servizio !== 'generalita') return undefined;
  const generalita = dichiarati?.generalita ?? ('dataNascita' in soggetto ? soggetto : undefined);
  return generalita && { generalita };
}
