import comments from '@eslint-community/eslint-plugin-eslint-comments/configs';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/**
 * Few rules, all errors. Run it through Nx (`npm run lint`): by itself ESLint has no project graph, and the rule of the boundaries passes whatever it sees.
 * `scripts/check/violations.mjs` plants one violation of each boundary and demands that it is found.
 */

/** Each layer imports what is on its left: kernel ← contracts ← platform ← features ← apps. */
const LAYERS = {
  'layer:kernel': [],
  'layer:contracts': ['layer:kernel'],
  'layer:platform': ['layer:kernel', 'layer:contracts'],
  'layer:feature': ['layer:kernel', 'layer:contracts', 'layer:platform'],
  'layer:app': ['layer:kernel', 'layer:contracts', 'layer:platform', 'layer:feature'],
  'layer:web': ['layer:contracts'],
  'layer:simulator': ['layer:kernel'],
  'layer:engine': [],
};

/** What stands in for an engine (`deploy/engines`) is for tests: specs, what helps them, and `apps/e2e`, whose programs start engines. */
const LAYERS_OF_TESTS = Object.fromEntries(Object.entries(LAYERS).map(([layer, allowed]) => [layer, [...allowed, 'layer:engine']]));
const boundaries = (layers) => ({
  '@nx/enforce-module-boundaries': ['error', { depConstraints: Object.entries(layers).map(([sourceTag, onlyDependOnLibsWithTags]) => ({ sourceTag, onlyDependOnLibsWithTags })) }],
});

const DRIVERS = { group: ['node:sqlite', 'kafkajs', 'mongoose', 'mongodb', '@eventstore/*'], message: 'Drivers are known to libs/platform alone: use the ports of @geres/kernel.' };
const IMPURE = { group: ['@nestjs/*', 'node:*', 'rxjs', 'rxjs/*', '@geres/platform', '@geres/platform/*'], message: 'A domain file is pure: what it needs is in the command.' };

/** Imports that `import()` and `process.getBuiltinModule()` would bring past `no-restricted-imports`. */
const called = ({ group, message }) => {
  const names = `/^(?:${group.map((name) => name.replace('*', '.+').replaceAll('/', '\\u002F')).join('|')})$/`;
  return ['ImportExpression > Literal.source', "CallExpression[callee.property.name='getBuiltinModule'] > Literal"].map((place) => ({ selector: `${place}[value=${names}]`, message }));
};

const DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'What is exported has one name everywhere.' };

const forbidden = (...groups) => ({
  '@typescript-eslint/no-restricted-imports': groups.length === 0 ? 'off' : ['error', { patterns: groups }],
  'no-restricted-syntax': ['error', DEFAULT_EXPORT, ...groups.flatMap(called)],
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.geres*/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  comments.recommended,
  {
    rules: {
      '@eslint-community/eslint-comments/require-description': ['error', { ignore: ['eslint-enable'] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', 300],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...boundaries(LAYERS),
      ...forbidden(DRIVERS),
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-redundant-type-constituents': 'off', // `string | 'start'` says more than `string`
      '@typescript-eslint/no-unnecessary-type-assertion': 'off', // takes those that inference needs for unnecessary
      '@typescript-eslint/require-await': 'off', // ports and Fastify ask for promises
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'off',
      'no-fallthrough': 'off', // the compiler knows
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    },
  },
  { files: ['libs/**/*.ts'], rules: { 'no-console': 'error' } },
  { files: ['libs/platform/**/*.ts', 'deploy/engines/**/*.ts'], rules: forbidden() },
  { files: ['libs/**/*.spec.ts', 'libs/*/src/testing/**/*.ts', 'apps/e2e/**/*.ts'], rules: boundaries(LAYERS_OF_TESTS) },
  { files: ['**/*.domain.ts'], rules: forbidden(DRIVERS, IMPURE) },
  // A spec is a list, and what `expect` and `JSON.parse` give is any.
  {
    files: ['**/*.spec.ts'],
    rules: {
      'max-lines': ['error', 400],
      ...Object.fromEntries(['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [`@typescript-eslint/no-unsafe-${what}`, 'off'])),
    },
  },
  { files: ['{scripts,deploy}/**/*.mjs', '*.js'], languageOptions: { globals: Object.fromEntries(['clearInterval', 'clearTimeout', 'console', 'fetch', 'process', 'setInterval', 'setTimeout', 'URL'].map((name) => [name, 'readonly'])) } },
  // Its tool wants a default export.
  { files: ['*.js', '*.config.ts', 'scripts/counting-reporter.mjs'], rules: { 'no-restricted-syntax': 'off' } },
);
