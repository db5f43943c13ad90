/**
 * Prints `N passed, N failed` as the very last line of a run, with `, N skipped` when there are any. Counts only; the
 * default reporter tells the story. It prints when the process exits, because others write after the last reporter is
 * called, and because a run that fails before its first test must not end without the line.
 */
import type { Reporter, TestModule, TestSuite } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export default class LastLine implements Reporter {
  readonly #counts: Counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    process.once('exit', (code) => process.stdout.write(`${lastLine(this.#counts, code)}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    Object.assign(this.#counts, count(modules));
    this.#counts.failed += unhandledErrors.length;
  }
}

/** A file or suite that breaks outside its tests (an import, a hook) counts as one failure beside theirs. */
export function count(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    counts.failed += isBroken(module) ? 1 : 0;
    for (const suite of module.children.allSuites()) counts.failed += isBroken(suite) ? 1 : 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
  }
  return counts;
}

/** A failure of the run itself (its set-up, no test found) is one failure, since the exit code says so. */
export function lastLine({ passed, failed, skipped }: Counts, exitCode: number): string {
  const failures = failed === 0 && exitCode !== 0 ? 1 : failed;
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function isBroken(part: TestModule | TestSuite): boolean {
  return part.errors().length > 0;
}
