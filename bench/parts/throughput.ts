// How many jobs per second go in and come out, beside the bare loop and peers, and whether a job costs more among many.

import { inTurns } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { Throughput } from "../programs/throughput.ts";
import { medianRatio, spreadOf } from "../statistics.ts";
import { LIMIT, OURS, PEERS, type SubjectName } from "../subjects/open.ts";
import { short, spread, table } from "../table.ts";
import { atLeast, atMost, type Verdict } from "../verdict.ts";

const WANTED = { enqueue: 0.3, drain: 0.6, growth: 1.3 };

interface Size {
  readonly jobs: number;
  readonly rounds: number;
}

const SIZES: readonly Size[] = [
  { jobs: 10_000, rounds: 9 },
  { jobs: 100_000, rounds: 5 },
  { jobs: 1_000_000, rounds: 3 },
];
const QUICK_SIZES: readonly Size[] = [
  { jobs: 10_000, rounds: 2 },
  { jobs: 100_000, rounds: 1 },
];

/** Left out of a quick run. */
const SLOWEST: SubjectName = "better-queue";

/** Its store's time per job grows with the jobs: a million would take hours. */
const MOST_JOBS: Partial<Record<SubjectName, number>> = {
  "better-queue": 10_000,
  "better-queue, batches of 100": 100_000,
};

/** Jobs per second by round. */
interface Row {
  readonly subject: SubjectName;
  readonly enqueue: readonly number[];
  readonly drain: readonly number[];
}

export async function throughput({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const all: readonly SubjectName[] = [LIMIT, "bare loop, async scope on", ...OURS, ...(peers ? PEERS : [])];
  const subjects = quick ? all.filter((subject) => subject !== SLOWEST) : all;
  const sizes = quick ? QUICK_SIZES : SIZES;
  const bySize: Row[][] = [];
  for (const size of sizes) {
    const rows = await measureSize(
      subjects.filter((subject) => size.jobs <= (MOST_JOBS[subject] ?? size.jobs)),
      size,
      byCpu,
    );
    print(rows, size);
    bySize.push(rows);
  }
  printCosts(bySize, sizes);
  return OURS.flatMap((subject) => verdicts(subject, bySize, sizes));
}

async function measureSize(subjects: readonly SubjectName[], { jobs, rounds }: Size, byCpu: boolean): Promise<Row[]> {
  const measured = await inTurns<Throughput>(
    subjects.map((subject) => ({ program: "throughput", args: [subject, String(jobs)] })),
    { rounds, byCpu },
  );
  return subjects.map((subject, index) => {
    const results = (measured[index] ?? []).map(({ result }) => result);
    return {
      subject,
      enqueue: results.map(({ enqueue }) => enqueue),
      drain: results.map(({ drain }) => drain),
    };
  });
}

function print(rows: readonly Row[], { jobs, rounds }: Size): void {
  const limit = rowOf(rows, LIMIT);
  console.log(`\n${jobs.toLocaleString("en")} jobs: per second, median (least – most) of ${rounds}\n`);
  console.log(
    table([
      ["", "enqueue", "/ bare loop", "drain", "/ bare loop"],
      ...rows.map((row) => [
        row.subject,
        spread(spreadOf(row.enqueue)),
        medianRatio(row.enqueue, limit.enqueue).toFixed(2),
        spread(spreadOf(row.drain)),
        medianRatio(row.drain, limit.drain).toFixed(2),
      ]),
    ]),
  );
}

function printCosts(bySize: readonly (readonly Row[])[], sizes: readonly Size[]): void {
  const [smallest = []] = bySize;
  console.log("\nMicroseconds per job, in and out, by number of jobs\n");
  console.log(
    table([
      ["", ...sizes.map(({ jobs }) => short(jobs)), "last / first"],
      ...smallest.map(({ subject }) => {
        const costs = bySize.map((rows) => rows.find((row) => row.subject === subject)).map(costOf);
        const last = costs.at(-1);
        return [
          subject,
          ...costs.map((cost) => (cost === null ? "–" : short(cost))),
          last == null ? "–" : (last / (costs[0] ?? Number.NaN)).toFixed(2),
        ];
      }),
    ]),
  );
}

function verdicts(
  subject: SubjectName,
  bySize: readonly (readonly Row[])[],
  sizes: readonly Size[],
): readonly Verdict[] {
  const list: Verdict[] = [];
  for (const step of ["enqueue", "drain"] as const) {
    bySize.forEach((rows, index) => {
      const ratio = medianRatio(rowOf(rows, subject)[step], rowOf(rows, LIMIT)[step]);
      list.push(atLeast(`${subject}: ${step} ${short(sizes[index]?.jobs ?? 0)} / bare loop`, WANTED[step], ratio));
    });
  }
  const first = costOf(rowOf(bySize[0] ?? [], subject));
  const last = costOf(rowOf(bySize.at(-1) ?? [], subject));
  const [from, to] = [sizes[0], sizes.at(-1)].map((size) => short(size?.jobs ?? 0));
  list.push(atMost(`${subject}: cost per job, ${to} / ${from}`, WANTED.growth, (last ?? 0) / (first ?? Number.NaN)));
  return list;
}

/** Microseconds per job, in and out; null where it was not measured. */
function costOf(row: Row | undefined): number | null {
  if (row === undefined) return null;
  return 1e6 / spreadOf(row.enqueue).median + 1e6 / spreadOf(row.drain).median;
}

function rowOf(rows: readonly Row[], subject: SubjectName): Row {
  const row = rows.find((one) => one.subject === subject);
  if (row === undefined) throw new Error(`${subject} was not measured.`);
  return row;
}
