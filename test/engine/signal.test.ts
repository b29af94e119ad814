// How a handler hears that its attempt is over: the signal, and the sleeps that end with it.

import { describe, expect, it } from "vitest";
import { JobTimeoutError, LeaseLostError } from "wheelwright";
import { aGate, running } from "./a-running-job.ts";
import { anApp, START, turn } from "./an-app.ts";

describe("Attempt: signal", () => {
  it("R16 aborts the signal with JobTimeoutError before the retry can be claimed (BM-026)", async () => {
    let signal: AbortSignal | undefined;
    const { jobs, advance } = await running((context) => {
      signal = context.signal;
      return context.sleep("1h");
    });
    const seen: unknown[] = [];
    jobs.on("retried", () => seen.push(signal?.aborted));

    await advance("5s");

    expect(seen).toEqual([true]);
    expect(signal?.reason).toBeInstanceOf(JobTimeoutError);
  });

  it("R16 is one signal, however often it is asked for: what listens to the first hears of the abort", async () => {
    const heard: unknown[] = [];
    let same: boolean | undefined;
    const { advance } = await running((context) => {
      context.signal.addEventListener("abort", () => heard.push(context.signal.reason));
      const { signal } = context;
      same = context.signal === signal;
      return context.sleep("1h");
    });

    await advance("5s");

    expect(same).toBe(true);
    expect(heard).toEqual([expect.any(JobTimeoutError)]);
  });

  it("R16 shows the abort to a handler that asks for the signal only then", async () => {
    let reason: unknown;
    const { gate, open } = aGate();
    const { advance } = await running(async (context) => {
      await gate;
      reason = context.signal.reason;
    });

    await advance("5s");
    open();
    await turn();

    expect(reason).toMatchObject({ code: "JOB_TIMEOUT", seconds: 5 });
  });

  it("R16 aborts with LeaseLostError when a rescue has taken the job, and tells lost (BM-020)", async () => {
    let reason: unknown;
    const { jobs, store, clock, find, record, advance, result } = await running(
      (context) => {
        context.signal.addEventListener("abort", () => {
          reason = context.signal.reason;
        });
        return context.sleep("1h");
      },
      {},
      300,
    );
    const lost = record("lost");
    const elsewhere = anApp({ jobs: [], store, clock });

    clock.set(new Date(START.getTime() + 30_000)); // The whole process was paused: no heartbeat in time.
    await elsewhere.jobs.rescue();
    await advance("1s");

    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(lost).toEqual([expect.objectContaining({ outcome: "retry" })]);
    expect(await find()).toMatchObject({ status: "pending", lastError: "worker lost" });
    expect(await result).toMatchObject({ failed: 1 });
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R16 rejects the open sleeps with the signal's reason", async () => {
    const reasons: unknown[] = [];
    const { advance } = await running(async (context) => {
      const sleeps = [context.sleep("1h"), context.sleep("2h")];
      for (const sleep of sleeps)
        await sleep.catch((reason: unknown) => reasons.push(reason === context.signal.reason));
    });

    await advance("5s");

    expect(reasons).toEqual([true, true]);
  });

  it("does not abort the signal of a handler that ended by itself", async () => {
    let signal: AbortSignal | undefined;
    const { result, advance } = await running((context) => {
      signal = context.signal;
    });

    await result;
    await advance("1h");

    expect(signal?.aborted).toBe(false);
  });
});
