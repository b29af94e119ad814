// A drain that ran nothing proves nothing, and says why (R48).

import { describe, expect, it } from "vitest";
import { NothingRanError } from "wheelwright/testing";
import { aKit, aTellingJob, aTurn, NOON, rejection } from "./a-kit.ts";

describe("a drain that ran nothing", () => {
  it("R48 rejects, and says when the next job is due", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueueIn(299, { name: "later" });

    const error = await rejection(kit.drain());

    expect(error).toBeInstanceOf(NothingRanError);
    expect(error.message).toContain(`TellJob ${id}`);
    expect(error.message).toContain("due in 4m 59s");
  });

  it("R48 says that jobs wait in another queue", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "mail" }, { queue: "mail" });

    expect((await rejection(kit.drain({ queue: "default" }))).message).toContain('"mail"');
  });

  it("R48 says that other kits are open", async () => {
    const { job } = aTellingJob();
    const [kit, other] = [await aKit([job]), await aKit([job])];
    await other.run(() => job.enqueue({ name: "elsewhere" }));

    expect((await rejection(kit.drain())).message).toContain("other kit");
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
