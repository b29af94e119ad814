// A worker in a process of its own, to be killed, stopped and cut off.
// Usage: worker-child.ts STORE-URL TABLE FOLDER CONCURRENCY LEASE
// It appends to files in FOLDER, a line each, what a process that dies at any moment has got to know by then.

import { appendFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { createJobs } from "../../src/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { PostgresJobStore } from "../../src/store/sql/postgres.ts";
import { crashSettings, FollowUpJob, StepJob, WaitJob } from "./jobs.ts";

const [url = "", table = "", folder = "", concurrency = "", lease = ""] = process.argv.slice(2);
const store = url.startsWith("postgres") ? listening() : await openStore(url, { table });
const jobs = createJobs({
  store,
  jobs: [StepJob, FollowUpJob, WaitJob],
  ...crashSettings,
  lease: `${Number(lease)}s`,
  logger: { debug: ignore, info: ignore, warn: note("warnings"), error: note("warnings") },
}).useAsDefault();

jobs.on("claimed", ({ job }) => say(`claimed ${job.id} ${job.attempts}`));
jobs.on("lost", ({ job }) => say(`lost ${job.id} ${job.attempts}`));
jobs.on("completed", ({ job }) => append("completed", job.id));
jobs.on("enqueued", ({ job }) => append("acknowledged", job.id));

const worker = jobs.worker({ concurrency: Number(concurrency), interval: "200ms" });
await worker.start();
process.once("SIGTERM", async () => {
  await worker.stop();
  await jobs.close();
  say("ended");
});
process.once("disconnect", () => process.exit(1)); // The tests are gone; nobody would end it.
process.channel?.unref();
say("ready");

/** One that also listens for enqueues, so that its own connection for that is cut off, too. */
function listening(): PostgresJobStore {
  const pool = new pg.Pool({ connectionString: url });
  pool.on("error", ignore);
  return new PostgresJobStore(pool, { table, notify: true, closeClient: true });
}

function append(file: string, line: string): void {
  appendFileSync(join(folder, file), `${line}\n`);
}

function note(file: string): (message: string, fields: unknown) => void {
  return (message) => append(file, message);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function ignore(): void {
  // What goes well is not kept.
}
