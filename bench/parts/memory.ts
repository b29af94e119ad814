// How much heap a job holds, while it waits and after it ran.

import { inTurns } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { Leak } from "../programs/leak.ts";
import type { Memory } from "../programs/memory.ts";
import { spreadOf } from "../statistics.ts";
import { LIMIT, OURS, PEERS, type SubjectName } from "../subjects/open.ts";
import { short, table } from "../table.ts";
import { atMost, type Verdict } from "../verdict.ts";

/** better-queue's default takes half a minute for so many; its batches hold the same. */
const SLOW: readonly SubjectName[] = ["better-queue"];

export async function memory({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const jobs = 100_000;
  const rounds = quick ? 1 : 3;
  const subjects = [LIMIT, ...OURS, ...(peers ? PEERS.filter((peer) => !SLOW.includes(peer)) : [])];
  const measured = await inTurns<Memory>(
    subjects.map((subject) => ({ program: "memory", args: [subject, String(jobs)] })),
    { rounds, byCpu },
  );
  console.log(`\nBytes of heap per job, ${jobs.toLocaleString("en")} jobs, median of ${rounds}\n`);
  console.log(
    table([
      ["", "waiting", "done"],
      ...subjects.map((subject, index) => {
        const results = (measured[index] ?? []).map(({ result }) => result);
        return [
          subject,
          short(spreadOf(results.map(({ waiting }) => waiting)).median),
          short(spreadOf(results.map(({ done }) => Math.max(done, 0))).median),
        ];
      }),
    ]),
  );
  return leak(quick, byCpu);
}

/** Whether what has ended and was purged leaves anything behind. */
async function leak(quick: boolean, byCpu: boolean): Promise<readonly Verdict[]> {
  const jobs = quick ? 200_000 : 1_000_000;
  const [measured] = await inTurns<Leak>([{ program: "leak", args: [String(jobs)] }], { rounds: 1, byCpu });
  const megabytes = measured?.[0]?.result.megabytes ?? [];
  console.log(
    `\nMegabytes of heap while ${jobs.toLocaleString("en")} jobs run, half of them failing, purged as they end\n`,
  );
  const tenths = megabytes.map((_, index) => `${short((jobs / 10) * (index + 1))}`);
  console.log(
    table([
      ["after", ...tenths],
      ["heap", ...megabytes.map((each) => each.toFixed(1))],
    ]),
  );
  const grown = (megabytes.at(-1) ?? Number.NaN) - (megabytes[0] ?? 0);
  return [atMost(`heap grown from the first tenth of ${short(jobs)} jobs to the last`, 1, grown, " MB")];
}
