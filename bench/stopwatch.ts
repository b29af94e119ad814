// The time that measurements are taken in: real, or, where others keep the machine busy, what the process itself used.

/** Set by `--cpu`, and passed on to every process. */
const BY_CPU: boolean = process.env.BENCH_CLOCK === "cpu";

// Taken now: one of those that are measured fakes the global clock.
const realNow = performance.now.bind(performance);
const cpuUsage = process.cpuUsage.bind(process);

/** Milliseconds since some instant; of all threads together where they are the processor's. */
export const now: () => number = BY_CPU ? cpuMs : realNow;

/** What the process has used so far. */
export function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
