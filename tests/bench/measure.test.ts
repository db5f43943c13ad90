/** The statistics and the turns, on figures made up here; no clock is asked. */
import { describe, expect, test } from 'vitest';
import { hold, judge, type Reading, type Subject, spread } from './measure.ts';

const reading = (done: number, cpuSeconds = 1, seconds = 2): Reading => ({ done, seconds, cpuSeconds });

describe('spread', () => {
  test.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[9, 1, 5], { median: 5, min: 1, max: 9 }],
    [[10, 2, 4, 1], { median: 3, min: 1, max: 10 }],
    [[0.5, 100, 11], { median: 11, min: 0.5, max: 100 }], // by number, not by text
  ])('of %j is %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  test('of nothing is refused', () => {
    expect(() => spread([])).toThrow('Nothing was measured');
  });
});

describe('a subject is judged', () => {
  test('by its rate, and by the CPU time of one', () => {
    const result = judge('subject', [reading(100, 1), reading(200, 1), reading(400, 1)], undefined);
    expect(result.rate).toEqual({ median: 100, min: 50, max: 200 });
    expect(result.cpuMicroseconds).toEqual({ median: 5_000, min: 2_500, max: 10_000 });
    expect(result.cores).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
    expect([result.ratio, result.cpuRatio]).toEqual([null, null]);
  });

  test('against the same round of the baseline, not against its median', () => {
    // The machine was slower each round; the subject was half as fast in all of them.
    const baseline = [reading(4_000), reading(2_000), reading(1_000)];
    const result = judge('subject', [reading(2_000), reading(1_000), reading(500)], baseline);
    expect(result.ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  test('against rounds of another length by rate', () => {
    const result = judge('subject', [reading(300, 1, 3)], [reading(100, 1, 1)]);
    expect(result.ratio?.median).toBe(1);
  });

  test('with a CPU ratio below 1 when one costs more than in the baseline', () => {
    const result = judge('subject', [reading(100, 0.4)], [reading(100, 0.1)]);
    expect(result.cpuRatio?.median).toBeCloseTo(0.25);
  });

  test('never by a round in which nothing was done', () => {
    expect(() => judge('subject', [reading(10), reading(0)], undefined)).toThrow('did nothing');
  });
});

describe('a contest', () => {
  const pace = { rounds: 3, roundMs: 70, warmUpMs: 20 };

  function pair(log: string[], answer: (name: string) => Promise<Reading>) {
    const subject = (name: string): Subject => ({
      name,
      run(milliseconds) {
        log.push(`${name} ${milliseconds}`);
        return answer(name);
      },
    });
    return [subject('a'), subject('b')] as const;
  }

  test('lets all warm up, then take turns, every second round the other way round', async () => {
    const log: string[] = [];
    const subjects = pair(log, async (name) => reading(name === 'a' ? 100 : 25));
    const result = await hold({ name: 'contest', what: 'counting', subjects }, pace);
    expect(log).toEqual(['a 20', 'b 20', 'a 70', 'b 70', 'b 70', 'a 70', 'a 70', 'b 70']);
    expect(result.results.map(({ subject, ratio }) => [subject, ratio?.median])).toEqual([
      ['a', undefined],
      ['b', 0.25],
    ]);
  });

  test('ends with the first wrong answer', async () => {
    const log: string[] = [];
    const subjects = pair(log, async (name) => {
      if (name === 'b') throw new Error('answered 500');
      return reading(1);
    });
    await expect(hold({ name: 'contest', what: 'failing', subjects }, pace)).rejects.toThrow('answered 500');
    expect(log).toEqual(['a 20', 'b 20']);
  });
});
