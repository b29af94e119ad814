// How long thirty virtual days take, and a year of schedules.

import { inTurns } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { TimeTravel } from "../programs/time.ts";
import type { Year } from "../programs/year.ts";
import { spreadOf } from "../statistics.ts";
import { OUR_SIMULATOR, PEER_SIMULATORS } from "../subjects/simulators.ts";
import { spread, table } from "../table.ts";
import { atMost, type Verdict } from "../verdict.ts";

/** Milliseconds for the drain of 10,000 jobs. */
const WANTED = { jobs: 10_000, drain: 1000 };

/** Milliseconds for a year of each. */
const SCHEDULES = [
  { what: "hourly", schedule: "0 * * * *", ticks: 8760, wanted: 1000 },
  { what: "minutely", schedule: "* * * * *", ticks: 525_600, wanted: 5000 },
];

export async function time(plan: Plan): Promise<readonly Verdict[]> {
  return [...(await thirtyDays(plan)), ...(await years(plan))];
}

async function thirtyDays({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
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

async function years({ quick, byCpu }: Plan): Promise<readonly Verdict[]> {
  const rounds = quick ? 1 : 5;
  const measured = await inTurns<Year>(
    SCHEDULES.map(({ schedule, ticks }) => ({ program: "year", args: [schedule, String(ticks)] })),
    { rounds, byCpu },
  );
  const rows = SCHEDULES.map((one, index) => ({
    ...one,
    advance: spreadOf((measured[index] ?? []).map(({ result }) => result.advance)),
  }));
  console.log(`\nA year of a schedule in a kit: milliseconds, median (least – most) of ${rounds}\n`);
  console.log(
    table([
      ["", "jobs", "a year"],
      ...rows.map(({ what, ticks, advance }) => [what, ticks.toLocaleString("en"), spread(advance)]),
    ]),
  );
  return rows.map(({ what, wanted, advance }) =>
    atMost(`a year of a schedule, ${what}`, wanted, advance.median, " ms"),
  );
}
