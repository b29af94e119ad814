// What is taken along from the request that enqueues to the attempt that performs: a tenant, a trace.

import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { z } from "zod";
import { anApp, turn } from "./an-app.ts";

describe("perform: what is carried", () => {
  const tenant = new AsyncLocalStorage<string>();

  it("R17 captures at enqueue and restores around perform, in every attempt", async () => {
    const seen: unknown[] = [];
    const billing = defineJob("Billing", { maxRetries: 2 }, async () => {
      await turn();
      seen.push(tenant.getStore());
      throw new Error("again");
    });
    const { jobs, advance } = anApp({
      jobs: [billing],
      carry: {
        capture: () => ({ tenant: tenant.getStore() ?? null }),
        restore: (value, run) => tenant.run((value as { tenant: string }).tenant, run), // `as`: what capture gave
      },
    });
    const job = await tenant.run("acme", () => jobs.enqueue(billing));

    await jobs.processQueue();
    await advance("4s");
    await jobs.processQueue();

    expect(job.carried).toEqual({ tenant: "acme" });
    expect(seen).toEqual(["acme", "acme"]);
  });

  it("R17 hands restore what the handler returned, as it is", async () => {
    const seen: unknown[] = [];
    const billing = defineJob("Billing", {}, () => "billed");
    const { jobs } = anApp({
      jobs: [billing],
      carry: { capture: () => null, restore: (_value, run) => void seen.push(run()) },
    });
    await jobs.enqueue(billing);

    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    expect(seen).toEqual(["billed"]);
  });

  it("R17 captures at the enqueue itself, however long its schema takes", async () => {
    let current = "first";
    const checked = defineJob(
      "Checked",
      { schema: z.object({}).refine(async () => turn().then(() => true)) },
      () => undefined,
    );
    const { jobs } = anApp({ jobs: [checked], carry: { capture: () => current, restore: (_value, run) => run() } });

    const enqueued = jobs.enqueue(checked);
    current = "second";

    expect((await enqueued).carried).toBe("first");
  });

  it("R17 refuses an enqueue whose capture gives what JSON cannot keep", async () => {
    const plain = defineJob("Plain", {}, () => undefined);
    const { jobs } = anApp({ jobs: [plain], carry: { capture: () => new Map(), restore: (_value, run) => run() } });

    await expect(jobs.enqueue(plain)).rejects.toMatchObject({ code: "DATA_NOT_JSON" });
    expect(await jobs.list()).toEqual([]);
  });

  it.each<[string, (value: unknown, run: () => unknown) => unknown, RegExp]>([
    ["never calls run", () => undefined, /never called run/],
    ["never calls run, in its own time", () => turn(), /never called run/],
    [
      "calls run twice",
      (_value, run) => {
        run();
        return run();
      },
      /called run twice/,
    ],
    ["forgets to return", (_value, run) => void run(), /^no paper$/],
    ["swallows the error", async (_value, run) => Promise.resolve(run()).catch(() => "fine"), /^no paper$/],
    [
      "throws by itself",
      () => {
        throw new Error("no such tenant");
      },
      /^no such tenant$/,
    ],
  ])("R17 fails the attempt when restore %s", async (_what, restore, message) => {
    let performed = 0;
    const printing = defineJob("Printing", {}, async () => {
      performed++;
      await turn();
      throw new Error("no paper");
    });
    const { jobs } = anApp({ jobs: [printing], carry: { capture: () => 1, restore } });
    const { id } = await jobs.enqueue(printing);

    await jobs.processQueue();
    await turn();

    expect((await jobs.find(id))?.lastError).toMatch(message);
    expect(performed).toBeLessThanOrEqual(1);
  });

  it("R17 fails the attempt of a synchronous handler whose error restore swallows", async () => {
    const printing = defineJob("Printing", {}, () => {
      throw new Error("no paper");
    });
    const restore = (_value: unknown, run: () => unknown) => {
      try {
        return run();
      } catch {
        return "fine";
      }
    };
    const { jobs } = anApp({ jobs: [printing], carry: { capture: () => 1, restore } });
    await jobs.enqueue(printing);

    expect((await jobs.processQueue()).errors[0]).toMatch(/no paper$/);
  });
});
