/** `npm run test:soak`: what takes minutes, one file at a time, so that nothing else loads the machine. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/soak/**/*.soak.ts'],
    reporters: ['default', './tests/support/reporter.ts'],
    globalSetup: './tests/support/global-setup.ts',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
