import { everySetting, type Settings } from '@geres/platform/config';
import { page, table } from './markdown.js';

/** docs/settings.md. */
export const settingsPage = (settings: Settings): string => page('Settings', [INTRODUCTION, table(['Variable', 'Default', 'What it is'], everySetting(settings).map(({ env, default: value, description }) => [`\`${env}\``, value === undefined ? '' : `\`${value}\``, description]))]);

const INTRODUCTION = `Environment variables of \`npm start\`, or members of the JSON file that \`GERES_CONFIG\` names; the environment comes first. A value that cannot be used, or a name in
the file that is no setting, does not start and is named. The same list: \`npm run geres -- config --help\`.`;
