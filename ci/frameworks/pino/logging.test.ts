// pino as the app's logger.

import { pino } from "pino";
import { expect, it } from "vitest";
import { createJobs, Job, type JobContext, MemoryJobStore } from "wheelwright";

class ImportPricesJob extends Job<{ file: string }> {
  async perform({ file }: { file: string }, { log }: JobContext): Promise<void> {
    log.info("reading", { file });
    throw new Error("row 7 has no price");
  }
}

it("writes a line for each attempt, with the job's id, class, queue and attempt", async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const jobs = createJobs({ store: new MemoryJobStore(), jobs: [ImportPricesJob], logger });

  const { id } = await jobs.enqueue(ImportPricesJob, { file: "may.csv" });
  await jobs.processQueue();
  await jobs.close();

  expect(lines).toMatchObject([
    {
      level: 30,
      msg: "reading",
      file: "may.csv",
      jobId: id,
      jobClass: "ImportPricesJob",
      queue: "default",
      attempt: 1,
    },
    {
      level: 40,
      msg: expect.stringMatching(/^ImportPricesJob failed in attempt 1 of 3.*row 7 has no price$/),
      jobId: id,
    },
  ]);
});
