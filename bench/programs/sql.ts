// One subject on one database: jobs in, one by one and in bulk, then out. Prints one line of JSON.

import { openSqlSubject } from "../sql/open.ts";
import { now } from "../stopwatch.ts";

/** Jobs per second; null where the subject has no such way. */
export interface SqlThroughput {
  readonly enqueueEach: number;
  readonly enqueueBulk: number | null;
  readonly drainEach: number | null;
  readonly drainMany: number | null;
}

const WARM_UP = 500;
/** One by one, a part of the jobs tells as much as all. */
const MOST_EACH = 1000;

const [name = "", jobs = "", placesText = "{}", ways = "each,many"] = process.argv.slice(2);
const n = Number(jobs);
const places = JSON.parse(placesText);
const result = { enqueueEach: 0, enqueueBulk: null, drainEach: null, drainMany: null } as Record<string, number | null>; // `as`: filled in below
for (const way of ways.split(",")) {
  const subject = await openSqlSubject(name, places);
  const drain = (way === "each" ? subject.drainEach : subject.drainMany)?.bind(subject);
  if (drain !== undefined) {
    await subject.enqueueEach(WARM_UP / 2);
    await subject.enqueueBulk(WARM_UP / 2);
    await drain(WARM_UP);
    const each = Math.min(n, MOST_EACH);
    const all = way === "each" && !name.startsWith("sqlite") ? each : n;
    result.enqueueEach = await perSecond(each, () => subject.enqueueEach(each));
    if (all > each) result.enqueueBulk = await perSecond(all - each, () => subject.enqueueBulk(all - each));
    result[way === "each" ? "drainEach" : "drainMany"] = await perSecond(all, () => drain(all));
  }
  await subject.close();
}
console.log(JSON.stringify(result));
process.exit(0); // A peer's last timers are nobody's business.

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const start = now();
  await work();
  return (count / (now() - start)) * 1000;
}
