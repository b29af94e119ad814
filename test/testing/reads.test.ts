// What a kit tells of its jobs: during, enqueued, pending, waitFor, events and logs.

import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, expectTypeOf, it } from "vitest";
import { defineJob, Job, MemoryJobStore } from "wheelwright";
import { KitUsageError } from "wheelwright/testing";
import { aFailingJob, aKit, aRow, aTellingJob, aTurn, NOON } from "./a-kit.ts";

const MailJob = defineJob<{ to: string; tags?: string[] }>("MailJob", { queue: "mail" }, () => undefined);
const NoteJob = defineJob<{ n: number }>("NoteJob", {}, () => undefined);

describe("kit.during", () => {
  it("tells what was enqueued meanwhile, not what was before or after", async () => {
    const kit = await aKit([MailJob]);
    await MailJob.enqueue({ to: "before" });

    const { value, enqueued } = await kit.during(async () => {
      await aTurn();
      await MailJob.enqueue({ to: "during" });
      return 7;
    });
    await MailJob.enqueue({ to: "after" });

    expect(value).toBe(7);
    expect(enqueued).toMatchObject([{ data: { to: "during" } }]);
  });

  it("runs the function in the kit's scope", async () => {
    const [kit, other] = [await aKit([MailJob]), await aKit([MailJob])];

    await kit.during(() => MailJob.enqueue({ to: "here" }));

    expect(await kit.enqueued()).toHaveLength(1);
    expect(await other.enqueued()).toEqual([]);
  });

  it("R8 tells apart the jobs that were there already", async () => {
    const kit = await aKit([MailJob]);
    const first = await MailJob.enqueue({ to: "ada" }, { uniqueKey: "ada" });

    const { enqueued, deduplicated } = await kit.during(() => MailJob.enqueue({ to: "ada" }, { uniqueKey: "ada" }));

    expect(enqueued).toEqual([]);
    expect(deduplicated.map(({ id }) => id)).toEqual([first.id]);
  });

  it("R9 leaves out what was rolled back", async () => {
    const store = new MemoryJobStore();
    const kit = await aKit([MailJob], { store });

    const { enqueued } = await kit.during(async () => {
      const rolledBack = store.transaction(async (transaction) => {
        await MailJob.enqueue({ to: "never" }, { transaction });
        throw new Error("roll back");
      });
      await expect(rolledBack).rejects.toThrow("roll back");
      await store.transaction((transaction) => MailJob.enqueue({ to: "committed" }, { transaction }));
    });

    expect(enqueued.map(({ data }) => data.to)).toEqual(["committed"]);
    expect(kit.events({ type: "enqueued" })).toHaveLength(1);
    expect(kit.timeline()).toBe('+0s  + #1 MailJob  enqueued in "mail"');
  });

  it("tells jobs as they are by then, and misses none where the history is short", async () => {
    const kit = await aKit([NoteJob], { history: 1 });

    const { enqueued } = await kit.during(async () => {
      for (let n = 0; n < 200; n++) await NoteJob.enqueue({ n });
      await kit.drain();
    });

    expect(enqueued).toHaveLength(200);
    expect(enqueued.every(({ status }) => status === "completed")).toBe(true);
  });

  it("rejects with what the function throws", async () => {
    const kit = await aKit([MailJob]);
    const thrown = new RangeError("out of range");

    await expect(kit.during(() => Promise.reject(thrown))).rejects.toBe(thrown);
    await expect(
      kit.during(() => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
  });
});

describe("kit.enqueued and kit.pending", () => {
  it("tell jobs oldest first, of all classes or of one, typed by it", async () => {
    const kit = await aKit([MailJob, NoteJob]);
    await MailJob.enqueue({ to: "ada" });
    await NoteJob.enqueue({ n: 1 });
    await kit.drain();
    await MailJob.enqueue({ to: "bob" });

    const mails = await kit.enqueued(MailJob);

    expectTypeOf(mails[0]?.data.to).toEqualTypeOf<string | undefined>();
    expect(mails.map(({ data }) => data.to)).toEqual(["ada", "bob"]);
    expect((await kit.enqueued()).map(({ jobClass }) => jobClass)).toEqual(["MailJob", "NoteJob", "MailJob"]);
    expect((await kit.pending(MailJob)).map(({ data }) => data.to)).toEqual(["bob"]);
    expect(await kit.pending(NoteJob)).toEqual([]);
  });

  it("take a part of the data, an asymmetric matcher or a predicate", async () => {
    const kit = await aKit([MailJob]);
    await MailJob.enqueue({ to: "ada", tags: ["new"] });
    await MailJob.enqueue({ to: "bob" });

    expect(await kit.enqueued(MailJob, { to: "ada" })).toHaveLength(1);
    expect(await kit.enqueued(MailJob, { to: expect.any(String) })).toHaveLength(2);
    expect(await kit.pending(MailJob, ({ tags }) => tags === undefined)).toHaveLength(1);
  });

  it("tell jobs stored under an old name of their class", async () => {
    class LetterJob extends Job {
      static override aliases = ["OldLetterJob"];
      override perform(): void {}
    }
    const kit = await aKit([LetterJob]);
    await kit.store.insert([aRow("OldLetterJob", "old")], { now: NOON });

    expect(await kit.enqueued(LetterJob)).toMatchObject([{ id: "old" }]);
  });

  it("tell more jobs than a page of the store holds", async () => {
    const kit = await aKit([NoteJob]);
    await kit.jobs.enqueueMany(Array.from({ length: 2500 }, (_, n) => [NoteJob, { n }] as const));

    const all = await kit.enqueued(NoteJob);

    expect(all.map(({ data }) => data.n)).toEqual(Array.from({ length: 2500 }, (_, n) => n));
  });

  it("R43 refuse a class that is none of the kit's, with the one that may be meant", async () => {
    const kit = await aKit([MailJob]);

    await expect(kit.enqueued(defineJob("MialJob", {}, () => undefined))).rejects.toThrow('Did you mean "MailJob"?');
    await expect(kit.pending("MailJob" as never)).rejects.toThrow("the job class"); // `as`: what JavaScript may pass
  });
});

describe("kit.waitFor", () => {
  it("resolves with a job that a real server enqueues", async () => {
    const kit = (await aKit([MailJob])).install();
    const server = createServer((_request, response) => {
      response.end("accepted");
      setImmediate(() => void MailJob.enqueue({ to: "ada" }));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo; // `as`: it listens on a port
    get({ port, host: "127.0.0.1" }, (response) => response.resume());

    const job = await kit.waitFor(MailJob, { to: "ada" });

    expect(job.data.to).toBe("ada");
    await new Promise((resolve) => server.close(resolve));
  });

  it("resolves at once with the latest that is there", async () => {
    const kit = await aKit([NoteJob]);
    await NoteJob.enqueue({ n: 1 });
    await NoteJob.enqueue({ n: 2 });

    expect((await kit.waitFor(NoteJob)).data.n).toBe(2);
  });

  it("passes over jobs that do not match", async () => {
    const kit = await aKit([NoteJob]);
    const waited = kit.waitFor(NoteJob, { n: 3 });
    for (const n of [1, 2, 3]) {
      await aTurn();
      await NoteJob.enqueue({ n });
    }

    expect((await waited).data.n).toBe(3);
  });

  it("sees a job when its transaction is committed", async () => {
    const store = new MemoryJobStore();
    const kit = await aKit([NoteJob], { store });
    const waited = kit.waitFor(NoteJob);
    let isCommitted = false;

    await store.transaction(async (transaction) => {
      await NoteJob.enqueue({ n: 1 }, { transaction });
      await aTurn();
      isCommitted = true;
    });

    await waited;
    expect(isCommitted).toBe(true);
  });

  it("rejects when nothing like it came in time", async () => {
    const kit = await aKit([NoteJob]);

    const waited = kit.waitFor(NoteJob, { n: 1 }, { within: "5ms" });

    await expect(waited).rejects.toThrow(KitUsageError);
    await expect(waited).rejects.toThrow("kit.waitFor(NoteJob): nothing like it was enqueued within 5ms of real time");
  });
});

describe("kit.events", () => {
  it("tells what happened, by type, class and job", async () => {
    const Failing = aFailingJob();
    const kit = await aKit([NoteJob, Failing], { now: NOON });
    const note = await NoteJob.enqueue({ n: 1 });
    const failing = await kit.jobs.enqueue(Failing);

    await kit.drainUntilIdle({ failures: "collect" });

    expect(kit.events({ jobId: note.id }).map(({ type }) => type)).toEqual(["enqueued", "claimed", "completed"]);
    expect(kit.events({ jobClass: Failing, type: ["retried", "failed"] })).toMatchObject([
      { type: "retried", attempt: 1, advancedMs: 0, runAt: new Date(NOON.getTime() + 4000) },
      { type: "retried", attempt: 2, advancedMs: 4000 },
      { type: "failed", attempt: 3, advancedMs: 12_000, jobId: failing.id, error: expect.any(Error) },
    ]);
    expect(kit.events({ type: "lost" })).toEqual([]);
  });
});

describe("kit.logs", () => {
  it("R47 tells the lines of handlers and engine, by level, job, message and writer", async () => {
    const Chatty = defineJob("ChattyJob", {}, (_data, { log }) => {
      log.info("hello", { to: "ada" });
      log.warn("careful");
    });
    const kit = await aKit([Chatty]);
    const first = await Chatty.enqueue();
    await Chatty.enqueue();

    await kit.drain();

    expect(kit.logs({ from: "handler", jobId: first.id })).toMatchObject([
      { level: "info", message: "hello", fields: { to: "ada", jobClass: "ChattyJob", attempt: 1, queue: "default" } },
      { level: "warn", message: "careful" },
    ]);
    expect(kit.logs({ level: "warn" })).toHaveLength(2);
    expect(kit.logs({ message: "ell" })).toHaveLength(2);
    expect(kit.logs({ message: /^ChattyJob completed$/g, from: "engine" })).toHaveLength(2);
    expect(kit.logs({ message: "no such line" })).toEqual([]);
  });

  it("keeps a history as long as it is told", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { history: 100 });
    for (let n = 0; n < 10_000; n++) await job.enqueue({ name: "a" });

    expect(kit.events().length).toBeLessThan(10_000);
    expect(kit.events().length).toBeGreaterThanOrEqual(100);
  });
});
