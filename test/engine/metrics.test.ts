// The text format of Prometheus: what a scrape of an app gets.

import { describe, expect, it } from "vitest";
import { Job, metrics } from "wheelwright";
import { anApp } from "./an-app.ts";

class MailJob extends Job<{ fails?: boolean; seconds?: number }> {
  override queue = "mail";
  override maxRetries = 1;

  async perform({ fails, seconds = 0 }: { fails?: boolean; seconds?: number }, { sleep }: { sleep: JobSleep }) {
    await sleep({ seconds });
    if (fails) throw new Error("450 busy");
  }
}
type JobSleep = (duration: { seconds: number }) => Promise<void>;

/** Lines of one metric, without its name. */
function valuesOf(text: string, name: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`));
  return lines.map((line) => line.slice(name.length));
}

describe("metrics", () => {
  it("is this text, to the letter", async () => {
    const { jobs, advance } = anApp({ jobs: [MailJob] });
    for (const data of [{ seconds: 3 }, { fails: true }]) await jobs.enqueue(MailJob, data);
    const ran = jobs.processQueue();
    await advance("10s");
    await ran;
    await jobs.enqueue(MailJob, {}, { queue: "reports" });
    await advance("1500ms");

    expect(await metrics(jobs)).toBe(
      [
        "# HELP wheelwright_jobs Jobs in the store, by queue and status.",
        "# TYPE wheelwright_jobs gauge",
        'wheelwright_jobs{queue="mail",status="pending"} 0',
        'wheelwright_jobs{queue="mail",status="processing"} 0',
        'wheelwright_jobs{queue="mail",status="completed"} 1',
        'wheelwright_jobs{queue="mail",status="failed"} 1',
        'wheelwright_jobs{queue="reports",status="pending"} 1',
        'wheelwright_jobs{queue="reports",status="processing"} 0',
        'wheelwright_jobs{queue="reports",status="completed"} 0',
        'wheelwright_jobs{queue="reports",status="failed"} 0',
        "# HELP wheelwright_oldest_due_seconds How long the job that waits longest has been due; 0 when none is.",
        "# TYPE wheelwright_oldest_due_seconds gauge",
        'wheelwright_oldest_due_seconds{queue="mail"} 0',
        'wheelwright_oldest_due_seconds{queue="reports"} 1.5',
        "# HELP wheelwright_ended_5m Jobs that completed, or failed for good, in the last 5 minutes.",
        "# TYPE wheelwright_ended_5m gauge",
        'wheelwright_ended_5m{queue="mail",status="completed"} 1',
        'wheelwright_ended_5m{queue="mail",status="failed"} 1',
        'wheelwright_ended_5m{queue="reports",status="completed"} 0',
        'wheelwright_ended_5m{queue="reports",status="failed"} 0',
        "# HELP wheelwright_mean_duration_seconds_5m Mean time from start to end of the jobs completed in the last 5 minutes.",
        "# TYPE wheelwright_mean_duration_seconds_5m gauge",
        'wheelwright_mean_duration_seconds_5m{queue="mail"} 3',
        "",
      ].join("\n"),
    );
  });

  it("tells how long the job that waits longest has been due, per queue", async () => {
    const { jobs, advance } = anApp({ jobs: [MailJob] });
    await jobs.enqueue(MailJob, {}, { queue: "due" });
    await jobs.enqueue(MailJob, {}, { queue: "later", delay: 3600 });

    await advance("90s");

    expect(valuesOf(await metrics(jobs), "wheelwright_oldest_due_seconds")).toEqual([
      '{queue="due"} 90',
      '{queue="later"} 0',
    ]);
  });

  it("counts what ended in the last five minutes, and how long it took", async () => {
    const { jobs, advance } = anApp({ jobs: [MailJob] });
    for (const data of [{ seconds: 2 }, { seconds: 4 }, { fails: true }]) await jobs.enqueue(MailJob, data);
    const ran = jobs.processQueue();
    await advance("10s");
    await ran;

    const now = await metrics(jobs);
    expect(valuesOf(now, "wheelwright_ended_5m")).toEqual([
      '{queue="mail",status="completed"} 2',
      '{queue="mail",status="failed"} 1',
    ]);
    expect(valuesOf(now, "wheelwright_mean_duration_seconds_5m")).toEqual(['{queue="mail"} 3']);

    await advance("5m");
    const later = await metrics(jobs);
    expect(valuesOf(later, "wheelwright_ended_5m")).toEqual([
      '{queue="mail",status="completed"} 0',
      '{queue="mail",status="failed"} 0',
    ]);
    expect(valuesOf(later, "wheelwright_mean_duration_seconds_5m")).toEqual([]);
  });

  it("tells of a queue that is named though it is empty, and of no other", async () => {
    const { jobs } = anApp({ jobs: [MailJob] });
    await jobs.enqueue(MailJob, {}, { queue: "other" });

    const text = await metrics(jobs, { queue: "mail, reports" });

    expect(valuesOf(text, "wheelwright_jobs").filter((line) => line.includes("pending"))).toEqual([
      '{queue="mail",status="pending"} 0',
      '{queue="reports",status="pending"} 0',
    ]);
  });

  it("names and types each metric, also when there is nothing to tell", async () => {
    const text = await metrics(anApp({ jobs: [] }).jobs);

    expect(text.match(/^# (HELP|TYPE) \w+/gm)).toHaveLength(8);
    expect(text.split("\n").filter((line) => !line.startsWith("#"))).toEqual([""]); // it ends in a line feed
  });

  it("escapes what a label cannot hold", async () => {
    const { jobs } = anApp({ jobs: [MailJob] });
    await jobs.enqueue(MailJob, {}, { queue: 'a"b\\c\nd' });

    expect(valuesOf(await metrics(jobs), "wheelwright_oldest_due_seconds")).toEqual(['{queue="a\\"b\\\\c\\nd"} 0']);
  });

  it("refuses an option that it does not know", async () => {
    await expect(metrics(anApp({ jobs: [] }).jobs, { queues: "mail" } as object)).rejects.toThrow(
      `metrics's option "queues" is "mail"; expected one of queue.`,
    );
  });
});
