// How many jobs per second go in and come out, beside the bare loop.

import { inTurns } from "../measure.ts";
import type { Throughput } from "../programs/throughput.ts";
import { spreadOf } from "../statistics.ts";
import { spread, table } from "../table.ts";

/** The same for all: without it, 10,000 jobs measure the compiler. */
const WARM_UP = 20_000;

const SUBJECTS = ["bare loop", "processQueue", "kit.drain"];
const LIMIT = "bare loop";

export async function throughput({ quick }: { readonly quick: boolean }): Promise<void> {
  const sizes = quick
    ? [[10_000, 3] as const, [100_000, 2] as const]
    : ([
        [10_000, 9],
        [100_000, 5],
        [1_000_000, 3],
      ] as const);
  for (const [n, rounds] of sizes) {
    const measured = await inTurns<Throughput>(
      SUBJECTS.map((subject) => ({ program: "throughput", args: [subject, String(n), String(WARM_UP)] })),
      rounds,
    );
    const rows = SUBJECTS.map((subject, index) => {
      const results = measured[index] ?? [];
      return {
        subject,
        enqueue: spreadOf(results.map((result) => result.enqueue)),
        drain: spreadOf(results.map((result) => result.drain)),
        rss: spreadOf(results.map((result) => result.rssMb)),
      };
    });
    const limit = rows.find((row) => row.subject === LIMIT);
    console.log(`\n${n.toLocaleString("en")} jobs, jobs per second, median (least – most) of ${rounds}\n`);
    console.log(
      table([
        ["", "enqueue", "of the bare loop", "drain", "of the bare loop", "RSS MiB"],
        ...rows.map((row) => [
          row.subject,
          spread(row.enqueue),
          (row.enqueue.median / (limit?.enqueue.median ?? Number.NaN)).toFixed(2),
          spread(row.drain),
          (row.drain.median / (limit?.drain.median ?? Number.NaN)).toFixed(2),
          row.rss.median.toFixed(0),
        ]),
      ]),
    );
  }
}
