import { defineConfig } from 'vitest/config';

/** `npm run test:install`: the package as `npm pack` makes it, in the hands of its users. */
export default defineConfig({
  test: {
    include: ['test/install/*.install.ts'],
    pool: 'forks',
    poolOptions: { forks: { maxForks: 2 } },
    globalSetup: './test/install/global-setup.ts',
    hookTimeout: 300_000,
  },
});
