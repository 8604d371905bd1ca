import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '../lib/run.mjs';
import { root } from '../lib/root.mjs';

const BOUNDARIES = '@nx/enforce-module-boundaries';
const IMPORTS = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

/** One of each kind that the lint must find: where it is planted, and the rule that must name it. */
const VIOLATIONS = [
  { what: 'una feature importa un’altra feature', file: 'libs/monitoring/src/planted.feature.ts', imports: '@geres/identity', rule: BOUNDARIES },
  { what: 'platform importa una feature', file: 'libs/platform/src/planted.feature.ts', imports: '@geres/anpr', rule: BOUNDARIES },
  { what: 'contracts importa platform', file: 'libs/contracts/src/planted.platform.ts', imports: '@geres/platform', rule: BOUNDARIES },
  { what: 'una app importa un’altra app', file: 'apps/standalone/src/planted.app.ts', imports: '../../simulator/src/server.js', rule: BOUNDARIES },
  { what: 'il simulatore importa contracts', file: 'apps/simulator/src/planted.contracts.ts', imports: '@geres/contracts', rule: BOUNDARIES },
  { what: 'una libreria importa un sostituto delle prove', file: 'libs/platform/src/planted.engine.ts', imports: '@geres/eventstoredb-stand-in', rule: BOUNDARIES },
  { what: 'un driver fuori da platform', file: 'libs/contracts/src/planted.driver.ts', imports: 'kafkajs', rule: IMPORTS },
  { what: 'SQLite fuori da platform', file: 'libs/monitoring/src/planted.sqlite.ts', imports: 'node:sqlite', rule: IMPORTS },
  { what: 'un driver fuori da platform, con import()', file: 'libs/contracts/src/planted.dynamic.ts', text: "export const store = (): Promise<unknown> => import('@eventstore/db-client');\n", rule: SYNTAX },
  { what: 'un file di dominio importa node:', file: 'libs/monitoring/src/planted-node.domain.ts', imports: 'node:crypto', rule: IMPORTS },
  { what: 'un file di dominio importa NestJS', file: 'libs/monitoring/src/planted-nest.domain.ts', imports: '@nestjs/common', rule: IMPORTS },
  { what: 'un file di dominio importa platform', file: 'libs/monitoring/src/planted-platform.domain.ts', imports: '@geres/platform/http', rule: IMPORTS },
];

/** Plants all of them, lints through Nx from a clean slate, and returns what the lint did not find. The files are removed whatever happens. */
export function violationsNotFound() {
  const there = VIOLATIONS.filter(({ file }) => existsSync(join(root, file)));
  if (there.length > 0) throw new Error(`da togliere: ${there.map(({ file }) => file).join(', ')}`);
  // Nx keeps its graph and its cache elsewhere for this run, empty as after `nx reset`: what is found is found without either.
  const nx = mkdtempSync(join(tmpdir(), 'geres-nx-'));
  const clean = () => {
    for (const { file } of VIOLATIONS) rmSync(join(root, file), { force: true });
    rmSync(nx, { recursive: true, force: true });
  };
  const interrupted = () => (clean(), process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupted);
  try {
    const env = { NX_CACHE_DIRECTORY: join(nx, 'cache'), NX_WORKSPACE_DATA_DIRECTORY: join(nx, 'data'), FORCE_COLOR: '0', NO_COLOR: '1' };
    outputOf(['nx', 'reset'], env);
    for (const { file, imports, text } of VIOLATIONS) writeFileSync(join(root, file), text ?? `import * as planted from '${imports}';\n\nexport const names = Object.keys(planted);\n`);
    const projects = [...new Set(VIOLATIONS.map(({ file }) => file.split('/').slice(0, 2).join('/')))];
    const { status, output } = outputOf(['nx', 'run-many', '-t', 'lint', '--output-style=stream', `--projects=${projects.join(',')}`], env);
    if (status === 0) return ['il lint passa con le violazioni piantate'];
    const found = findings(output);
    return VIOLATIONS.filter(({ file, rule }) => !found.some((finding) => finding.file.endsWith(file) && finding.rule === rule)).map(({ what, file, rule }) => `${what}: ${rule} non la trova (${file})`);
  } finally {
    clean();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, interrupted);
  }
}

/** A tightened root configuration must not be answered from the cache: Nx knows that every lint depends on it. */
export function lintsBlindToConfiguration() {
  const { status, output } = outputOf(['nx', 'graph', '--print'], { FORCE_COLOR: '0' });
  if (status !== 0) return [output];
  const projects = Object.values(JSON.parse(output.slice(output.indexOf('{'))).graph.nodes);
  const blind = ({ data }) => !['default', '^default', '{workspaceRoot}/eslint.config.js'].every((input) => data.targets.lint?.inputs.includes(input));
  return projects.filter(blind).map(({ name }) => `${name}: il lint non dipende da eslint.config.js`);
}

/** ESLint's own form: a path, then each finding, whose words may take several lines, with the rule at its end. */
function findings(output) {
  const found = [];
  let file = '';
  let open = false;
  for (const line of output.split('\n')) {
    const text = line.replace(/^\S+: ?/, '').trimEnd();
    const path = /^\s*((?:\/|[A-Z]:\\)\S+)$/.exec(text)?.[1];
    if (path) file = path.replaceAll('\\', '/');
    open ||= /^\s+\d+:\d+\s+error\s/.test(text);
    const rule = open ? /\s{2}([\w@/-]+)$/.exec(text)?.[1] : undefined;
    if (rule) found.push({ file, rule });
    if (rule || path) open = false;
  }
  return found;
}
