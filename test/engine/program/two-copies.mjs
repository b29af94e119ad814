// Loads the built package twice, as an ES module and as CommonJS, and prints what each copy makes of the other as JSON.

import { createRequire } from "node:module";
import { join } from "node:path";

const builtIns = [Object, Array, String, Number, Date, Error, Promise, Function, Map, Set, RegExp];
const hosts = [globalThis, JSON, ...builtIns, ...builtIns.map(({ prototype }) => prototype)];
const before = hosts.map((host) => new Set(Reflect.ownKeys(host)));

const require = createRequire(join(process.cwd(), "program.mjs"));
const esm = { ...(await import("wheelwright")), ...(await import("wheelwright/testing")) };
const cjs = { ...require("wheelwright"), ...require("wheelwright/testing") };
const pairs = [
  ["ESM under CommonJS", esm, cjs],
  ["CommonJS under ESM", cjs, esm],
];

const told = {
  copies: esm.Job !== cjs.Job && esm.createJobs !== cjs.createJobs,
  newGlobals: hosts.flatMap((host, index) =>
    Reflect.ownKeys(host)
      .filter((name) => !before[index].has(name))
      .map(String),
  ),
  misnamed: [esm, cjs].flatMap((copy) =>
    Object.entries(copy).flatMap(([name, value]) =>
      isClass(value) && value.name !== name ? [`${name}: ${value.name}`] : [],
    ),
  ),
};

function isClass(value) {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

for (const [pair, inner, outer] of pairs) {
  class PlainJob extends inner.Job {
    perform() {}
  }
  const endings = {
    discard: () => new inner.DiscardJob("stale"),
    retry: () => new inner.RetryJob({ in: "90s" }),
    child: null,
  };
  class EndingJob extends inner.Job {
    async perform({ how }) {
      await PlainJob.enqueue({ from: how });
      if (endings[how]) throw endings[how]();
    }
  }
  const clock = new outer.TestClock(new Date("2030-01-01T00:00:00Z"));
  const logger = { info() {}, warn() {}, error() {} };
  const jobs = outer.createJobs({ store: new inner.MemoryJobStore(), jobs: [PlainJob, EndingJob], clock, logger });

  for (const how of Object.keys(endings)) await jobs.enqueue(EndingJob, { how }, { id: how });
  const result = await jobs.processQueue();
  const rows = Object.fromEntries(
    await Promise.all(Object.keys(endings).map(async (how) => [how, await jobs.find(how)])),
  );

  const refusals = {
    none: await PlainJob.enqueue().catch((error) => error),
    option: await jobs.enqueue(PlainJob, {}, { priority: 1.5 }).catch((error) => error),
    data: await jobs.enqueue(PlainJob, { at: new Date() }).catch((error) => error),
    missing: await jobs.retry("none").catch((error) => error),
    duration: await jobs.enqueue(PlainJob, {}, { delay: "soon" }).catch((error) => error),
  };

  jobs.useAsDefault();
  await PlainJob.enqueue({ from: "default" });
  const kit = await outer.createTestKit({ app: jobs, leftovers: "ignore", label: "the kit" });
  await PlainJob.enqueue({ from: "app" });
  const inKit = await kit.enqueued(PlainJob);
  const second = await inner.createTestKit({ jobs: [PlainJob], leftovers: "ignore", label: "the other kit" });
  const ambiguous = await PlainJob.enqueue().catch((error) => error);
  await second.run(() => PlainJob.enqueue({ from: "scope" }));
  const inSecond = await second.enqueued(PlainJob);
  const report = await second.drain();
  await second.dispose();
  await kit.dispose();
  const stored = await jobs.list({ jobClass: "PlainJob" });
  await jobs.close();

  told[pair] = {
    result: { processed: result.processed, failed: result.failed },
    discarded: [rows.discard.status, rows.discard.attempts, rows.discard.lastError],
    retriedAfterMs: rows.retry.runAt.getTime() - clock.now().getTime(),
    childrenOfHandlers: stored.map(({ data }) => data.from).sort(),
    codes: Object.fromEntries(Object.entries(refusals).map(([name, error]) => [name, error.code])),
    instances: {
      NoJobsError: refusals.none instanceof outer.NoJobsError && refusals.none instanceof inner.NoJobsError,
      InvalidOptionError: refusals.option instanceof inner.InvalidOptionError,
      DataNotJsonError: refusals.data instanceof inner.DataNotJsonError,
      JobNotFoundError: refusals.missing instanceof inner.JobNotFoundError,
      WheelwrightError: refusals.missing instanceof inner.WheelwrightError,
      InvalidDurationError:
        refusals.duration instanceof inner.InvalidDurationError && refusals.duration instanceof TypeError,
      "another error": refusals.missing instanceof inner.InvalidOptionError,
      DiscardJob: endings.discard() instanceof outer.DiscardJob,
    },
    ambiguous: [ambiguous.code, /the kit\b.*\bthe other kit\b/s.test(ambiguous.message)],
    inKit: inKit.map(({ data }) => data.from),
    inSecond: inSecond.map(({ data }) => data.from),
    ranInSecond: report.completed,
  };
}

process.stdout.write(JSON.stringify(told));
