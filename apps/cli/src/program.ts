import { Command } from 'commander';
import { accessCommands } from './access/access.commands.js';
import { archiveCommands } from './archive/archive.commands.js';
import { backupCommand, restoreCommand } from './archive/backup.commands.js';
import { configCommand } from './config.command.js';
import { connectionCommands } from './connection/connection.commands.js';
import { enginesCommands } from './engines/engines.commands.js';
import { speakItalian } from './italian.js';
import { keysCommands } from './keys/keys.commands.js';
import { lookupCommand } from './lookup/lookup.command.js';
import { EXIT_CODES } from './outcome.js';
import type { Terminal } from './terminal.js';
import { tokenCommand } from './token/token.command.js';

/** What every command is given. */
export interface Given {
  readonly terminal: Terminal;
  /** Aborts on Ctrl+C. */
  readonly signal: AbortSignal;
}

/** The `geres` command. Errors are thrown: `main.ts` alone says them and ends the process. */
export function geres(given: Given): Command {
  const program = speakItalian(new Command('geres')).description('Comandi di GeRes: richieste di prova, connessioni ad ANPR, archivio, backup, impostazioni.').addHelpText('afterAll', `\n${EXIT_CODES}`);
  tokenCommand(program, given);
  lookupCommand(program, given);
  accessCommands(program, given);
  connectionCommands(program, given);
  archiveCommands(program, given);
  backupCommand(program, given);
  restoreCommand(program, given);
  enginesCommands(program, given);
  keysCommands(program, given);
  configCommand(program, given);
  return program;
}
