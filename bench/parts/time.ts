// How long thirty virtual days take.

import { inTurns } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { TimeTravel } from "../programs/time.ts";
import { spreadOf } from "../statistics.ts";
import { OUR_SIMULATOR, PEER_SIMULATORS } from "../subjects/simulators.ts";
import { spread, table } from "../table.ts";
import { atMost, type Verdict } from "../verdict.ts";

/** Milliseconds for the drain of 10,000 jobs. */
const WANTED = { jobs: 10_000, drain: 1000 };

export async function time({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const rounds = quick ? 2 : 7;
  const simulators = [OUR_SIMULATOR, ...(peers ? PEER_SIMULATORS : [])];
  const verdicts: Verdict[] = [];
  for (const jobs of quick ? [WANTED.jobs] : [1000, WANTED.jobs, 100_000]) {
    const measured = await inTurns<TimeTravel>(
      simulators.map((simulator) => ({ program: "time", args: [simulator, String(jobs)] })),
      { rounds, byCpu },
    );
    const rows = simulators.map((simulator, index) => {
      const results = (measured[index] ?? []).map(({ result }) => result);
      return {
        simulator,
        enqueue: spreadOf(results.map(({ enqueue }) => enqueue)),
        drain: spreadOf(results.map(({ drain }) => drain)),
      };
    });
    const count = jobs.toLocaleString("en");
    console.log(
      `\n${count} jobs over 30 days, a third failing twice: milliseconds, median (least – most) of ${rounds}\n`,
    );
    console.log(
      table([
        ["", "enqueue", "30 days"],
        ...rows.map(({ simulator, enqueue, drain }) => [simulator, spread(enqueue), spread(drain)]),
      ]),
    );
    const [ours] = rows;
    if (jobs === WANTED.jobs && ours !== undefined)
      verdicts.push(atMost(`${count} jobs over 30 days, drained until idle`, WANTED.drain, ours.drain.median, " ms"));
  }
  return verdicts;
}
