import { everySetting, type Setting, type Settings } from '@geres/platform/config';
import { page, table } from './markdown.js';

const code = (text: string | undefined): string => (text === undefined ? '' : `\`${text}\``);

/** docs/settings.md. `topics`: of the command that makes them. */
export const settingsPage = (standalone: Settings, services: Readonly<Record<string, Settings>>, topics: Settings): string =>
  page('Settings', [
    INTRODUCTION,
    table(['Variable', 'Default', 'What it is'], everySetting(standalone).map(({ env, default: value, description }) => [code(env), code(value), description])),
    SERVICES,
    table(['Variable', 'Default', 'Service', 'What it is'], [...byVariable(services, topics)].map(([env, { setting, of }]) => [code(env), code(setting.default), of.length === Object.keys(services).length ? 'each' : of.join(', '), setting.description])),
  ]);

/** Each variable once, with the services that read it. */
function byVariable(services: Readonly<Record<string, Settings>>, topics: Settings): ReadonlyMap<string, { readonly setting: Setting; readonly of: readonly string[] }> {
  const all = new Map<string, { readonly setting: Setting; readonly of: string[] }>();
  const add = (setting: Setting, of: readonly string[]): void => void all.set(setting.env, { setting, of: [...(all.get(setting.env)?.of ?? []), ...of] });
  for (const [service, settings] of Object.entries(services)) for (const setting of Object.values(settings)) add(setting, [service]);
  for (const setting of Object.values(topics)) if (!all.has(setting.env)) add(setting, ['`geres motori topic`']);
  return all;
}

const INTRODUCTION = `Environment variables of \`npm start\`, or members of the JSON file that \`GERES_CONFIG\` names; the environment comes first. A value that cannot be used, or a name in
the file that is no setting, does not start and is named. The same list: \`npm run geres -- config --help\`.`;

const SERVICES = `## The services of the distributed form

Each is told about itself and the engines, and holds the keys of its own custody and no other. A key without a default must be given.`;
