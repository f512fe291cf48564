import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:aarch64`: the conformance suite, and the prebuild for arm64, in arm64 Node.js in an emulator. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/conformance/*.test.ts', 'test/aarch64/*.emulated.ts'],
    pool: './test/aarch64/emulated-pool.ts',
    poolMatchGlobs: [['**/test/aarch64/*.emulated.ts', 'forks']],
    globalSetup: './test/aarch64/global-setup.ts',
    // An emulated processor is some twenty times as slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    env: { WHT_TARGETS: process.env.WHT_TARGETS ?? 'cpu neon; cpu portable' },
  },
});
