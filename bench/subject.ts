// Whoever is measured, seen the same way: something that takes n jobs in, and then runs them all.

/** One fresh queue with its handler. Made anew for the warm-up and for the measurement. */
export interface Subject {
  /** Puts in n jobs with the data `{ i: 0 … n - 1 }`, one call each, every one awaited. */
  enqueue(n: number): Promise<void>;
  /** Runs them all; resolves when the last one is recorded as done. */
  drain(): Promise<void>;
  /** How many times the handler was called. */
  handled(): number;
  close?(): Promise<void>;
}

export type OpenSubject = () => Promise<Subject>;
