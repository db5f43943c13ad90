/** The part of autocannon 9 that the benchmarks use; the package brings no types. */
declare module 'autocannon' {
  export interface Load {
    url: string;
    connections: number;
    /** Seconds; fractions are taken. */
    duration?: number;
    /** Requests, in place of a duration. */
    amount?: number;
    /** Milliseconds between two looks at whether to end. */
    sampleInt: number;
    setupClient?: (client: Client) => void;
  }

  export interface Client {
    /** What waits for its answer; `addBody` decodes a part of one and keeps it. */
    pipelinedRequests: { addBody(part: Uint8Array): void };
  }

  /** Counts of answers that came in whole; bytes with their headers. */
  export interface Outcome {
    requests: { total: number };
    throughput: { total: number };
    statusCodeStats: Record<string, { count: number }>;
    errors: number;
    timeouts: number;
  }

  export interface Run extends PromiseLike<Outcome> {
    on(event: 'response', listener: () => void): void;
    /** Ends the load at the next look. */
    stop(): void;
  }

  export default function autocannon(load: Load): Run;
}
