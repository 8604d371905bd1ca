import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@geres/source', 'node'] },
  ssr: { resolve: { conditions: ['@geres/source', 'node'] } },
  test: {
    include: ['{libs,apps,deploy/engines}/*/src/**/*.spec.ts'],
    reporters: ['default', './scripts/counting-reporter.mjs'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
