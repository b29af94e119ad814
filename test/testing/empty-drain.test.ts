// A drain that ran nothing proves nothing, and says why (R48).

import { describe, expect, it } from "vitest";
import { NothingRanError } from "wheelwright/testing";
import { aKit, aTellingJob, aTurn, NOON, rejection } from "./a-kit.ts";

describe("a drain that ran nothing", () => {
  it("R48 rejects, and says when the next job is due", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(299, { name: "later" });
    await job.enqueueIn(300, { name: "even later" });

    const error = await rejection(kit.drain());

    expect(error).toBeInstanceOf(NothingRanError);
    expect(error.message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        next      #1  TellJob  due in 4m 59s  { name: "later" }
                  and 1 more after it
                  kit.advance("4m 59s") or kit.drainUntilIdle() runs it

        hint      If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);
  });

  it("R48 says that jobs wait in another queue", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "mail" }, { queue: "mail" });

    expect((await rejection(kit.drain({ queue: "default" }))).message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        left out  #1  TellJob  due now  mail  { name: "mail" }

        hint      What is left out is so by queue, only or except.
                  If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);
  });

  it("R48 says that other kits are open", async () => {
    const { job } = aTellingJob();
    const [kit, other] = [await aKit([job], { label: "the kit" }), await aKit([job], { label: "the other kit" })];
    await other.run(() => job.enqueue({ name: "elsewhere" }));

    expect((await rejection(kit.drain())).message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        pending   nothing was enqueued in the kit.

        hint      Open as well: the other kit. Was it enqueued there?
                  If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);
  });

  it("R48 says that all has ended, or that nothing was enqueued", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { label: "the kit" });

    expect((await rejection(kit.drain())).message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        pending   nothing was enqueued in the kit.

        hint      Was the code under test called, and awaited?
                  If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);

    await job.enqueue({ name: "done" });
    await kit.drain();
    expect((await rejection(kit.drain())).message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        pending   nothing: 1 job has ended already in the kit.

        hint      Was the code under test called, and awaited?
                  If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);
  });

  it("R48 says that a handler sleeps", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON, label: "the kit" });
    await job.enqueue({ name: "sleeper", sleeps: ["1m"] });
    await kit.drain();

    expect((await rejection(kit.drain())).message).toMatchInlineSnapshot(`
      "kit.drain() ran nothing, so what follows it would prove nothing.

        performed #1  TellJob  processing  { name: "sleeper", sleeps: ["1m"] }

        hint      What is performed sleeps on virtual time, or another worker has it:
                    kit.advance(…) moves time on.
                  If nothing is to run, say so: kit.drain({ allowEmpty: true })."
    `);
  });

  it("R48 rejects from drainUntilIdle too, and allowEmpty says that it is meant", async () => {
    const kit = await aKit([aTellingJob().job]);

    await expect(kit.drainUntilIdle()).rejects.toThrow(NothingRanError);
    expect(await kit.drain({ allowEmpty: true })).toMatchObject({ ran: 0 });
    expect(await kit.drainUntilIdle({ allowEmpty: true })).toMatchObject({ ran: 0 });
  });

  it("R48 is one that ran something where it woke a sleeper, timed one out or took a lease back", async () => {
    const { job } = aTellingJob({ timeout: 100, maxRetries: 2 });
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "s", sleeps: ["10s", "200s"] });
    await kit.drain();

    await kit.jump("10s");
    expect(await kit.drain()).toMatchObject({ ran: 1 });
    await kit.advance("80s");
    await kit.jump("10s");
    expect(await kit.drain()).toMatchObject({ ran: 0, retried: 1 });
    await aTurn();
  });
});
