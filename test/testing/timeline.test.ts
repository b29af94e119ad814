// The timeline: what happened in a kit, as text.

import { describe, expect, it } from "vitest";
import { defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { aKit, NOON } from "./a-kit.ts";

const sendEmail = defineJob("SendEmailJob", { queue: "mail" }, (data: { to: string; fails?: number }, context) => {
  context.log.info(`to ${data.to}`);
  if (context.attempt <= (data.fails ?? 0)) throw new Error("SMTP is down");
});

const signUp = defineJob("SignUpJob", {}, async (data: { email: string; fails?: number }) => {
  await sendEmail.enqueue({ to: data.email, ...(data.fails !== undefined && { fails: data.fails }) }, { delay: "5m" });
});

const importFile = defineJob("ImportJob", { timeout: 60 }, async (data: { parts: number }, context: JobContext) => {
  for (let part = 1; part <= data.parts; part++) {
    await context.sleep("10s");
    await context.progress(part, data.parts, `part ${part}`);
  }
});

const hourly = defineJob("HourlyJob", {}, async (data: { left: number }) => {
  if (data.left > 0) await hourly.enqueueIn("1h", { left: data.left - 1 });
});

describe("kit.timeline", () => {
  it("says that nothing happened", async () => {
    const kit = await aKit([signUp]);

    expect(kit.timeline()).toBe("nothing happened");
  });

  it("shows jobs below those that enqueued them, attempts, waits and ends", async () => {
    const kit = await aKit([signUp, sendEmail], { now: NOON });
    await signUp.enqueue({ email: "ada@example.org", fails: 1 });

    await kit.drainUntilIdle();

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s     + #1 SignUpJob       enqueued
              → #1 SignUpJob       attempt 1 of 3
              +   #2 SendEmailJob  enqueued by #1 in "mail", due in 5m
              ✓ #1 SignUpJob       completed
      +5m     ↻   #2 SendEmailJob  attempt 1 of 3 threw "SMTP is down", again in 4s
      +5m 4s  ✓   #2 SendEmailJob  completed in attempt 2 of 3"
    `);
  });

  it("shows progress, and how long a handler that sleeps took", async () => {
    const kit = await aKit([importFile, signUp], { now: NOON });
    await importFile.enqueue({ parts: 3 });

    await kit.drainUntilIdle();

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s   + #1 ImportJob  enqueued
            → #1 ImportJob  attempt 1 of 3
      +10s  · #1 ImportJob  33 % (1 of 3): part 1
      +20s  · #1 ImportJob  66 % (2 of 3): part 2
      +30s  · #1 ImportJob  100 % (3 of 3): part 3
            ✓ #1 ImportJob  completed after 30s"
    `);
  });

  it("shows the end of all attempts", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    await sendEmail.enqueue({ to: "ada@example.org", fails: 9 });

    await kit.drainUntilIdle({ failures: "collect" });

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s   + #1 SendEmailJob  enqueued in "mail"
            ↻ #1 SendEmailJob  attempt 1 of 3 threw "SMTP is down", again in 4s
      +4s   ↻ #1 SendEmailJob  attempt 2 of 3 threw "SMTP is down", again in 8s
      +12s  ✗ #1 SendEmailJob  attempt 3 of 3 threw "SMTP is down", failed for good"
    `);
  });

  it("shows timeouts, and attempts that are given up while they sleep", async () => {
    const kit = await aKit([importFile], { now: NOON });
    await importFile.enqueue({ parts: 9 }, { maxRetries: 1 });

    await kit.drainUntilIdle({ failures: "collect" });

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s   + #1 ImportJob  enqueued
            → #1 ImportJob  attempt 1 of 1
      +10s  · #1 ImportJob  11 % (1 of 9): part 1
            … × 5 more, until +1m
            ✗ #1 ImportJob  threw "timed out after 60 seconds", failed for good"
    `);
  });

  it("shows claims that were taken back from a worker that died", async () => {
    const store = new MemoryJobStore();
    const kit = await aKit([sendEmail], { now: NOON, store });
    await sendEmail.enqueue({ to: "ada@example.org" });
    await store.claim({ limit: 1, now: NOON, workerId: "a dead one", leaseMs: 30_000 });

    await kit.advance("1m");

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s   + #1 SendEmailJob  enqueued in "mail"
      +30s  ↻ #1 SendEmailJob  claim taken back: worker lost, again in 4s
      +34s  ✓ #1 SendEmailJob  completed in attempt 2 of 3"
    `);
  });

  it("shows enqueues that were deduplicated", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    await sendEmail.enqueue({ to: "ada@example.org" }, { uniqueKey: "ada" });
    await sendEmail.enqueue({ to: "ada@example.org" }, { uniqueKey: "ada" });

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s  + #1 SendEmailJob  enqueued in "mail"
           = #1 SendEmailJob  enqueued again: deduplicated"
    `);
  });

  it("shows one job's life, with what it enqueued, by its record, id or number", async () => {
    const kit = await aKit([signUp, sendEmail], { now: NOON });
    await signUp.enqueue({ email: "ada@example.org" });
    const grace = await signUp.enqueue({ email: "grace@example.org" });

    await kit.drainUntilIdle();

    const life = kit.timeline({ job: grace });
    expect(life).toMatchInlineSnapshot(`
      "+0s  + #2 SignUpJob       enqueued
           → #2 SignUpJob       attempt 1 of 3
           +   #4 SendEmailJob  enqueued by #2 in "mail", due in 5m
           ✓ #2 SignUpJob       completed"
    `);
    expect(kit.timeline({ job: grace.id })).toBe(life);
    expect(kit.timeline({ job: 2 })).toBe(life);
    expect(kit.timeline({ job: 99 })).toBe("nothing happened");
  });

  it("shows what the handlers logged where told, that of one job alone", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    await sendEmail.enqueue({ to: "ada@example.org" });
    const grace = await sendEmail.enqueue({ to: "grace@example.org" });

    await kit.drain();

    expect(kit.timeline({ job: grace, logs: true })).toMatchInlineSnapshot(`
      "+0s  + #2 SendEmailJob  enqueued in "mail"
           → #2 SendEmailJob  attempt 1 of 3
           · #2 SendEmailJob  info: to grace@example.org
           ✓ #2 SendEmailJob  completed"
    `);
  });

  it("folds what comes again and again, whatever the period", async () => {
    const kit = await aKit([hourly, sendEmail], { now: NOON });
    for (let number = 1; number <= 1000; number++) await sendEmail.enqueue({ to: `${number}@example.org` });
    await kit.drain();
    await hourly.enqueue({ left: 500 });
    await kit.drainUntilIdle({ maxVirtualTime: "60d" });

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s       + #1 SendEmailJob          enqueued in "mail"
                … × 999 more, #2 to #1000
                ✓ #1 SendEmailJob          completed
                … × 999 more, #2 to #1000
                + #1001 HourlyJob          enqueued
                → #1001 HourlyJob          attempt 1 of 3
                +   #1002 HourlyJob        enqueued by #1001, due in 1h
                ✓ #1001 HourlyJob          completed
                … the 3 lines above × 499 more, #1002 to #1500, until +20d 19h
      +20d 20h  ✓         #1501 HourlyJob  completed"
    `);
    expect(kit.timeline({ fold: false }).split("\n")).toHaveLength(1000 + 1000 + 1001 + 501);
  });

  it("does not fold what is only alike", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    for (const delay of ["1m", "2m", "3m", "4m", "5m", "6m"])
      await sendEmail.enqueueIn(delay, { to: "ada@example.org" });

    expect(kit.timeline().split("\n")).toHaveLength(6);
  });

  it("keeps to its width, cutting long texts in the middle", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    kit.stub(sendEmail, { fails: 1, with: new Error(`connect ECONNREFUSED ${"10.0.0.1 ".repeat(20)}after 3 tries`) });
    await sendEmail.enqueue({ to: "ada@example.org" });
    await kit.drain();

    const lines = kit.timeline().split("\n");
    expect(lines.at(-1)).toMatchInlineSnapshot(
      `"     ↻ #1 SendEmailJob  attempt 1 of 3 threw "connect ECO… 3 tries", again in 4s"`,
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBe(80);
    expect(
      Math.max(
        ...kit
          .timeline({ width: 120 })
          .split("\n")
          .map(({ length }) => length),
      ),
    ).toBe(120);
  });

  it("tells the time advanced to the millisecond, however long ago the test began", async () => {
    const kit = await aKit([sendEmail], { now: NOON });
    await kit.advance("14d 18h 30m");
    await sendEmail.enqueue({ to: "ada@example.org", fails: 1 });

    await kit.drainUntilIdle();
    await kit.advance("1ms");
    await sendEmail.enqueueIn("3s 999ms", { to: "ada@example.org" });

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+14d 18h 30m         + #1 SendEmailJob  enqueued in "mail"
                           ↻ #1 SendEmailJob  attempt 1 of 3 threw "SM…n", again in 4s
      +14d 18h 30m 4s      ✓ #1 SendEmailJob  completed in attempt 2 of 3
      +14d 18h 30m 4s 1ms  + #2 SendEmailJob  enqueued in "mail", due in 3s 999ms"
    `);
  });

  it("R39 shows no real milliseconds while the clock follows", async () => {
    const timelines: string[] = [];
    for (let run = 1; run <= 2; run++) {
      const kit = await aKit([sendEmail]);
      await kit.run(async () => {
        await sendEmail.enqueue({ to: "ada@example.org", fails: 1 });
        await sendEmail.enqueueAt(new Date(kit.now().getTime() + 300_000), { to: "grace@example.org" });
      });
      await kit.drainUntilIdle();
      timelines.push(kit.timeline());
    }

    expect(timelines[0]).toMatchInlineSnapshot(`
      "+0s  + #1 SendEmailJob  enqueued in "mail"
           + #2 SendEmailJob  enqueued in "mail", due in 5m
           ↻ #1 SendEmailJob  attempt 1 of 3 threw "SMTP is down", again in 4s
      +4s  ✓ #1 SendEmailJob  completed in attempt 2 of 3
      +5m  ✓ #2 SendEmailJob  completed"
    `);
    expect(timelines[1]).toBe(timelines[0]);
  });

  it("says how much it has forgotten", async () => {
    const kit = await aKit([sendEmail], { now: NOON, history: 10 });
    for (let number = 1; number <= 5000; number++) await sendEmail.enqueue({ to: "ada@example.org" });

    expect(kit.timeline()).toMatch(/^… \d+ earlier events were dropped: createTestKit\(\{ history \}\) keeps more\n/);
  });
});
