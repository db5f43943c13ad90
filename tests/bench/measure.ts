/**
 * How the benchmarks measure: subjects take turns, and each is judged by its ratio to the baseline *of the same round*,
 * so that whatever else this machine was doing hit both. Holds the turns and the statistics; it knows nothing of what is
 * measured, and no figure here is anything but counted.
 */

/** What one turn counted. `cpuSeconds` is the CPU time of the Node process that did the work, all its threads; not that
 *  of PostgreSQL, nor of the load generator where that is another process. */
export interface Reading {
  done: number;
  seconds: number;
  cpuSeconds: number;
}

export interface Subject {
  name: string;
  /** Works for about `milliseconds`. Rejects when any answer was not the one expected: a fast error is no speed. */
  run(milliseconds: number): Promise<Reading>;
}

/** The first subject is the baseline. */
export interface Contest {
  name: string;
  /** One sentence for the table: what is done, how often at once. */
  what: string;
  subjects: readonly [Subject, ...Subject[]];
}

export interface Pace {
  rounds: number;
  roundMs: number;
  warmUpMs: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface SubjectResult {
  subject: string;
  /** Per second, over the rounds. */
  rate: Spread;
  /** To the baseline's rate in the same round; null for the baseline. */
  ratio: Spread | null;
  /** CPU time of the Node process for one of them. */
  cpuMicroseconds: Spread;
  /** The baseline's CPU time for one, over this one's, in the same round: it does not depend on how fast the load
   *  generator is, which for a fast baseline is the limit. Null for the baseline. */
  cpuRatio: Spread | null;
  /** Cores that the Node process kept busy; well below 1, something else was the limit. */
  cores: Spread;
}

export interface ContestResult {
  name: string;
  what: string;
  results: SubjectResult[];
}

/**
 * Warms each subject up, then lets all take turns, every second round in the opposite order, so that nobody always
 * comes after the one that leaves dirty pages behind. Rejects with the first subject that does.
 */
export async function hold(contest: Contest, pace: Pace): Promise<ContestResult> {
  const { name, what, subjects } = contest;
  for (const subject of subjects) await subject.run(pace.warmUpMs);
  const readings = new Map<Subject, Reading[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < pace.rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      readings.get(subject)!.push(await subject.run(pace.roundMs));
    }
  }
  const baseline = readings.get(subjects[0])!;
  return {
    name,
    what,
    results: subjects.map((subject) =>
      judge(subject.name, readings.get(subject)!, subject === subjects[0] ? undefined : baseline),
    ),
  };
}

/** The result of one subject's rounds; `baseline` holds the same rounds of the baseline. Throws for a round in which
 *  nothing was done: it has no rate. */
export function judge(
  subject: string,
  readings: readonly Reading[],
  baseline: readonly Reading[] | undefined,
): SubjectResult {
  if (readings.some(({ done }) => done === 0)) throw new Error(`${subject} did nothing in a round.`);
  const toBaseline = (figure: (reading: Reading) => number, sign: 1 | -1) =>
    baseline ? spread(readings.map((own, round) => (figure(own) / figure(baseline[round]!)) ** sign)) : null;
  return {
    subject,
    rate: spread(readings.map(rateOf)),
    ratio: toBaseline(rateOf, 1),
    cpuMicroseconds: spread(readings.map(cpuMicrosecondsOf)),
    cpuRatio: toBaseline(cpuMicrosecondsOf, -1),
    cores: spread(readings.map(({ cpuSeconds, seconds }) => cpuSeconds / seconds)),
  };
}

const rateOf = ({ done, seconds }: Reading) => done / seconds;
const cpuMicrosecondsOf = ({ cpuSeconds, done }: Reading) => (cpuSeconds / done) * 1e6;

/** Median (of an even number: the mean of the two in the middle), lowest and highest. Throws without values. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('Nothing was measured.');
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
