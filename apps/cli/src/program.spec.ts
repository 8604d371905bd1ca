import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from './failures.js';
import { geres } from './program.js';
import type { Terminal } from './terminal.js';

const printed: string[] = [];
const terminal: Terminal = { print: (text) => void printed.push(text), say: () => undefined, progress: () => undefined, line: () => Promise.resolve(''), secret: () => Promise.resolve(''), input: () => Promise.resolve('') };

function program(): Command {
  const made = geres({ terminal, signal: new AbortController().signal });
  const quiet = (command: Command): void => {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(made);
  return made;
}

const everyCommand = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(everyCommand)];
const ended = async (...args: readonly string[]): Promise<ReturnType<typeof outcomeOf>> => {
  try {
    await program().parseAsync(args, { from: 'user' });
    return { code: 0 };
  } catch (error) {
    return outcomeOf(error);
  }
};

describe('the help of the geres command', () => {
  const commands = everyCommand(program());

  it('is there for every command that the product promises', () => {
    const names = commands.map((command) => command.name());
    expect(names).toEqual(expect.arrayContaining(['token', 'lookup', 'archive', 'tail', 'verify', 'export', 'import', 'keygen', 'backup', 'restore', 'config', 'accedi', 'esci', 'connessione', 'mostra', 'configura', 'operatore', 'assegna', 'revoca', 'certificato', 'installa', 'richiedi', 'completa', 'ritira', 'attiva', 'sospendi', 'prova', 'chiavi', 'ricifra', 'distruggi']));
  });

  it.each(commands.map((command) => [command.name(), command] as const))('is Italian and explains every option: %s', (_, command) => {
    const help = command.helpInformation();
    expect(help).not.toMatch(/\b(?:Usage|Options|Commands|Arguments|options|command|default|choices|display help)\b/);
    expect(help).toMatch(/^Uso: geres/);
    expect(command.description().length).toBeGreaterThan(10);
    for (const { description, flags } of command.options) expect(description, flags).not.toBe('');
  });

  it('tells the exit codes with every command', async () => {
    let shown = '';
    const made = program();
    for (const command of everyCommand(made)) command.configureOutput({ writeOut: (text) => (shown += text) });
    await made.parseAsync(['archive', 'verify', '--help'], { from: 'user' }).catch(() => undefined);
    for (const code of ['0 ', '1 ', '2 ', '3 ', '4 ', '5 ', '130']) expect(shown).toMatch(new RegExp(`^  ${code}`, 'm'));
  });

  it('lists every setting with config --help', async () => {
    let shown = '';
    const made = program();
    for (const command of everyCommand(made)) command.configureOutput({ writeOut: (text) => (shown += text) });
    await made.parseAsync(['config', '--help'], { from: 'user' }).catch(() => undefined);
    for (const name of ['GERES_DATA', 'GERES_PORT', 'GERES_SIMULATOR_PORT', 'GERES_CONFIG', 'GERES_KEYS_FILE']) expect(shown).toContain(name);
  });
});

describe('a command that is wrong', () => {
  it.each([
    [['fai'], /^comando sconosciuto: fai/],
    [['lokup'], /forse lookup\?/],
    [[], /manca il comando/],
    [['archive'], /manca il comando/],
    [['backup'], /manca l’argomento <cartella>/],
    [['lookup'], /manca l’opzione --comune/],
    [['lookup', '--comune'], /manca il valore dell’opzione --comune/],
    [['token', '--utent', 'x'], /opzione sconosciuta: --utent \(forse --utente\?\)/],
    [['lookup', '--comune', 'H501', '--servizio', 'tutto'], /--servizio <nome> non è ammesso: generalita, residenza/],
    [['lookup', '--comune', 'H501', '--wait', '61', '--motivo', 'X'], /--wait <secondi> non è ammesso/],
    [['archive', 'tail', '-n', 'tanti'], /--ultimi <numero> non è ammesso/],
    [['chiavi', 'distruggi', '--comune', 'H501'], /manca l’opzione --mese/],
    [['chiavi', 'distruggi', '--comune', 'H501', '--mese', '2016-13'], /--mese <anno-mese> non è ammesso/],
    [['chiavi', 'distruggi', '--comune', 'Roma', '--mese', '2016-11'], /--comune <codice> non è ammesso/],
    [['archive', 'verify', 'qui'], /argomenti di troppo/],
    [['lookup', '--comune', 'ROMA', '--motivo', 'X'], /codice catastale/],
  ])('%j is told in Italian, and ends with 2', async (args: readonly string[], words) => {
    expect(await ended(...args)).toEqual({ code: 2, words: expect.stringMatching(words) as string });
  });

  it('never repeats a value, which may be about a person', async () => {
    for (const args of [['lookup', '--comune', 'H501', '--motivo', 'X', 'ROSSIMARIO'], ['lookup', '--comune', 'ROSSIMARIO', '--motivo', 'X'], ['lookup', '--comune', 'H501', '--servizio', 'ROSSIMARIO']]) {
      expect((await ended(...args)).words).not.toContain('ROSSIMARIO');
    }
  });
});

describe('config', () => {
  it('shows what is in force and never a secret', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    process.env['GERES_KEK_ADMIN'] = key;
    try {
      printed.length = 0;
      expect(await ended('config', '--json', '--dati', '/altrove')).toEqual({ code: 0 });
      const shown = JSON.parse(printed[0]!) as Record<string, unknown>;
      expect(shown).toMatchObject({ GERES_DATA: '/altrove', GERES_KEK_ADMIN: '(impostata)', GERES_KEK_ARCHIVE: null });
      expect(printed[0]).not.toContain(key);
    } finally {
      delete process.env['GERES_KEK_ADMIN'];
    }
  });
});
