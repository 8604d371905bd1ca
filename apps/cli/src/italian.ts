import type { Command, CommanderError, Help } from 'commander';

/** Commander's own words, in Italian. */
const TITLES: Readonly<Record<string, string>> = { 'Usage:': 'Uso:', 'Arguments:': 'Argomenti:', 'Options:': 'Opzioni:', 'Commands:': 'Comandi:' };

/** Sets a command's help up in Italian; the commands that are added to it inherit it. */
export function speakItalian<C extends Command>(command: C): C {
  command
    .helpOption('-h, --help', 'mostra questo aiuto')
    .helpCommand('help [comando]', 'mostra l’aiuto di un comando')
    .configureHelp({
      styleTitle: (title) => TITLES[title] ?? title,
      commandUsage: (of) => usage(of),
      subcommandTerm: (of) => [of.name(), ...argumentsOf(of)].join(' '),
      optionDescription: (option) => withChoices(option.description, option.argChoices, option.defaultValueDescription ?? (option.argChoices ? (option.defaultValue as string | undefined) : undefined)),
      argumentDescription: (argument) => argument.description,
    } satisfies Partial<Help>)
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  return command;
}

function usage(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
  return [...names, '[opzioni]', ...(command.commands.length > 0 ? ['[comando]'] : []), ...argumentsOf(command)].join(' ');
}

const argumentsOf = (command: Command): readonly string[] => command.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`));

const withChoices = (description: string, choices: readonly string[] | undefined, otherwise: string | undefined): string =>
  [description, choices && `: ${choices.join(', ')}`, otherwise !== undefined && ` (se manca: ${otherwise})`].filter((part) => part !== undefined && part !== false).join('');

const QUOTED = /'([^']+)'/;
const WORDS: Readonly<Record<string, (name: string, message: string) => string>> = {
  'commander.unknownOption': (name) => `opzione sconosciuta: ${name}`,
  'commander.unknownCommand': (name) => `comando sconosciuto: ${name}`,
  'commander.missingArgument': (name) => `manca l’argomento <${name}>`,
  'commander.optionMissingArgument': (name) => `manca il valore dell’opzione ${name}`,
  'commander.missingMandatoryOptionValue': (name) => `manca l’opzione ${name}`,
  'commander.conflictingOption': (name, message) => `l’opzione ${name} non si usa insieme a ${/with option '([^']+)'/.exec(message)?.[1] ?? 'altre'}`,
  'commander.excessArguments': () => 'ci sono argomenti di troppo',
  'commander.invalidArgument': (name, message) => {
    const choices = /Allowed choices are (.+)\.$/.exec(message)?.[1];
    return `il valore dell’opzione ${name} non è ammesso${choices === undefined ? '' : `: ${choices}`}`;
  },
};

/** What is wrong with a command line. It repeats names of options and commands, never their values: they may be about a person. */
export function inItalian({ code, message }: Pick<CommanderError, 'code' | 'message'>): string {
  const words = WORDS[code];
  if (code === 'commander.help') return 'manca il comando';
  if (!words) return 'il comando non è valido; --help spiega';
  const similar = /Did you mean (?:one of )?(.+?)\?\)/.exec(message)?.[1];
  return `${words(QUOTED.exec(message)?.[1] ?? '', message)}${similar === undefined ? '' : ` (forse ${similar}?)`}; --help spiega`;
}
