import type { MonthHeld } from '@geres/monitoring/archive';
import { CodiceCatastale, Motivazione } from '@geres/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { withWhere, type WhereOption } from '../address.js';
import { withEither } from '../archive/archive.commands.js';
import { countOf } from '../archive/words.js';
import { wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { strong } from '../terminal.js';

interface Options extends WhereOption {
  readonly comune: string;
  /** `201611`. */
  readonly mese: string;
  readonly motivo?: string;
  readonly conferma?: string;
  readonly json?: boolean;
}

export function shredCommand(keys: Command, given: Given): void {
  const command = keys
    .command('distruggi')
    .summary('rende illeggibili per sempre le persone di un mese')
    .description(
      'Dice che cosa diventerebbe illeggibile e, solo con --motivo e --conferma, distrugge il segreto di un Comune e di un mese, alla fine del tempo di conservazione: le persone e le pratiche di quelle richieste non si leggono e non si cercano più, in nessun modo. Le richieste restano, con chi le ha fatte e perché, e l’archivio si verifica come prima. La distruzione resta nell’archivio, e un ripristino la ripete.\nSe GeRes è in funzione su quella cartella il comando passa da lui. Con --motori serve GERES_KEK_ARCHIVE; i servizi che lavorano lo sanno entro un minuto.\nLe copie fatte altrove (backup, esportazioni con i segreti) hanno ancora quel segreto: vanno distrutte anch’esse.',
    )
    .requiredOption('--comune <codice>', 'codice catastale del Comune', catastale)
    .requiredOption('--mese <anno-mese>', 'per esempio 2016-11; finito da almeno un mese intero', month)
    .option('--motivo <testo>', 'perché; resta nell’archivio, in chiaro: non ci vanno dati di persone', reason)
    .option('--conferma <comune/anno-mese>', 'ripete di quale Comune e mese, per esempio H501/2016-11; senza, non si distrugge nulla')
    .option('--json', 'scrive il risultato in JSON');
  withWhere(command).action((options: Options) =>
    withEither(options, given, async (archive) => {
      const of = { comune: options.comune, month: options.mese };
      const asked = confirmed(options);
      const held = await (asked === undefined ? archive.month(of) : archive.shred(of, asked));
      given.terminal.print(options.json ? JSON.stringify(inJson(held, asked !== undefined), null, 2) : inWords(held, asked !== undefined));
    }),
  );
}

/** The reason, where it is to be done. Errors: `Ended` where it is half said. */
function confirmed({ comune, mese, motivo, conferma }: Options): string | undefined {
  if (conferma === undefined) return undefined;
  const expected = `${comune}/${written(mese)}`;
  if (conferma !== expected) throw wrongUse(`--conferma: per distruggere i segreti di quel Comune e di quel mese scrivere ${expected}`);
  if (motivo === undefined) throw wrongUse('--motivo: manca perché si distruggono, che resta nell’archivio');
  return motivo;
}

const written = (month: string): string => `${month.slice(0, 4)}-${month.slice(4)}`;
const SECRETS = { present: 'presente', destroyed: 'distrutto', absent: 'assente' } as const;

/** `secret` is what was there before. */
const inJson = ({ comune, month, lookups, secret }: MonthHeld, shredded: boolean): object => ({ comune, mese: written(month), richieste: lookups, segreto: SECRETS[shredded ? 'destroyed' : secret], distruttoOra: shredded && secret === 'present' });

function inWords({ comune, month, lookups, secret }: MonthHeld, shredded: boolean): string {
  const where = `del Comune ${comune} in ${written(month)}`;
  if (secret === 'absent') return `Nessun segreto ${where}: non c’è nulla da distruggere.`;
  if (secret === 'destroyed') return `Il segreto ${where} era già distrutto: ${countOf(lookups, 'richiesta resta senza la sua persona', 'richieste restano senza la loro persona')}.`;
  const people = `le persone e le pratiche di ${countOf(lookups, 'richiesta', 'richieste')} ${where}`;
  if (shredded) return `${strong('Distrutto')}: ${people} non si possono più leggere né cercare.`;
  return `Diventerebbero illeggibili per sempre ${people}. Non è stato distrutto nulla.\nPer distruggere: --motivo «…» --conferma ${comune}/${written(month)}`;
}

function catastale(text: string): string {
  const comune = CodiceCatastale.safeParse(text.trim().toUpperCase());
  if (!comune.success) throw new InvalidArgumentError('codice catastale: una lettera e tre cifre');
  return comune.data;
}

function month(text: string): string {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError('anno e mese, per esempio 2016-11');
  return text.replace('-', '');
}

function reason(text: string): string {
  const said = Motivazione.safeParse({ motivo: text });
  if (!said.success) throw new InvalidArgumentError('da 1 a 500 caratteri');
  return said.data.motivo;
}
