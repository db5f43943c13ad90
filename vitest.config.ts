/**
 * `npm test`. Two projects, so that tests without a database start none: `npm run check` runs the layers alone.
 */
import { defineConfig } from 'vitest/config';

const WITHOUT_DATABASE = [
  'tests/*.test.ts',
  'tests/{bench,core,edge,embed,providers,simulators,support}/**/*.test.ts',
  'tests/flows/providers.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/reporter.ts'],
    // Each holds a database, some a browser; CI machines have two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000, // a browser on a busy machine; nothing waits on time alone
    hookTimeout: 60_000, // the first start of a browser
    expect: { poll: { timeout: 5_000 } }, // of what is waited for in a browser, too
    projects: [
      { extends: true, test: { name: 'pure', include: WITHOUT_DATABASE } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['tests/**/*.test.ts'],
          exclude: WITHOUT_DATABASE,
          globalSetup: './tests/support/global-setup.ts',
        },
      },
    ],
  },
});
