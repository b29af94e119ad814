// How an app's parts are wired, and what it is told about those that cannot be.

import { afterEach, describe, expect, it } from "vitest";
import {
  AmbiguousJobsError,
  createJobs,
  defineJob,
  Job,
  type Jobs,
  type JobsOptions,
  MemoryJobStore,
  NoJobsError,
} from "wheelwright";
import { createTestKit, type TestKit } from "wheelwright/testing";
import { engineJobsOf } from "../../src/engine/jobs.ts";
import { anApp } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);

describe("createJobs", () => {
  it.each<[string, object]>([
    ["no store", { store: undefined }],
    ["a store that is none", { store: {} }],
    ["a store's URL", { store: "memory:" }],
    ["a clock that is none", { clock: Date }],
    ["a logger that is none", { logger: null }],
    ["a logger that is a function", { logger: () => undefined }],
    ["randomness that is a number", { random: 0.5 }],
    ["carry without restore", { carry: { capture: () => 1 } }],
    ["create that is a class's name", { create: "Plain" }],
    ["an empty workerId", { workerId: "" }],
    ["a lease of a bare number", { lease: 30 }],
    ["a lease under a second (BM-029)", { lease: "999ms" }],
    ["a lease of a month and a day", { lease: "31d" }],
    ["maxDataBytes that is negative", { maxDataBytes: -1 }],
    ["maxDataBytes as text (BM-046)", { maxDataBytes: "1e6" }],
    ["defaults that are none", { defaults: 3 }],
    ["jobs that are no list", { jobs: { plain } }],
    ["an option that nobody knows", { queues: ["a"] }],
  ])("refuses %s at once", (_what, wrong) => {
    const options = { store: new MemoryJobStore(), jobs: [plain], ...wrong } as JobsOptions; // `as`: what JavaScript lets through

    expect(() => createJobs(options)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^INVALID_(OPTION|DURATION)$/) }),
    );
  });

  it("refuses options that are none", () => {
    expect(() => createJobs(null as never)).toThrow(/createJobs's options is null/); // `as`: JavaScript
  });

  it("takes undefined for an option that is left out", async () => {
    const left = {
      clock: undefined,
      random: undefined,
      logger: undefined,
      defaults: undefined,
      carry: undefined,
      create: undefined,
      lease: undefined,
      workerId: undefined,
      maxDataBytes: undefined,
    };
    const jobs = createJobs({ store: new MemoryJobStore(), jobs: [plain], ...left });

    await jobs.enqueue(plain);

    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    await jobs.close();
  });

  it("gives each app a name for its workers", async () => {
    const names: unknown[] = [];
    const looking = defineJob("Looking", {}, (_data, context) => void names.push(context.job.lockedBy));
    for (let app = 0; app < 2; app++) {
      const { jobs } = anApp({ jobs: [looking] });
      await jobs.enqueue(looking);
      await jobs.processQueue();
    }

    expect(names[0]).toMatch(/^worker-[0-9a-z]{8}$/);
    expect(names[1]).not.toBe(names[0]);
  });

  it("tells the clock's instant, and sets up and closes the store, twice if asked", async () => {
    const { jobs, clock } = anApp({ jobs: [plain] });

    expect(jobs.now()).toEqual(clock.now());
    await jobs.setup();
    await jobs.setup();
    await jobs.close();
    await jobs.close();

    await expect(jobs.enqueue(plain)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("Jobs", () => {
  it("R32 have their store, and set it up", async () => {
    const store = faultStore(new MemoryJobStore(), () => null);
    const { jobs } = anApp({ jobs: [plain], store });

    await jobs.setup();

    expect(jobs.store).toBe(store);
    expect(store.calls.get("setup")).toBe(1);
  });

  it("are known by their methods, whichever copy of this package made them", () => {
    const { jobs } = anApp({ jobs: [plain] });
    const engine = (): void => undefined;
    const replace = (): void => undefined;
    const ofCopy = { engine, replace };

    expect(engineJobsOf(jobs)).toBe(jobs);
    expect(engineJobsOf(ofCopy as never)).toBe(ofCopy); // `as`: what another copy's look like from here
    for (const other of [{}, { engine }, { replace }]) expect(engineJobsOf(other as never)).toBeNull(); // `as`: as above
  });
});

describe("Jobs in the kits that take their place", () => {
  async function kits(app: Jobs, ...labels: string[]) {
    return Promise.all(labels.map((label) => createTestKit({ app, label, leftovers: "ignore" })));
  }

  it("are those of the kit in whose scope the code runs, and ambiguous outside of all: the error names them", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const stranger = await createTestKit({ jobs: [plain], label: "theirs", leftovers: "ignore" });
    const [mine, yours] = (await kits(jobs, "mine", "yours")) as [TestKit, TestKit]; // `as`: two labels, two kits

    await yours.run(() => jobs.enqueue(plain));
    const refused = jobs.enqueue(plain);

    await expect(refused).rejects.toBeInstanceOf(AmbiguousJobsError);
    await expect(refused).rejects.toThrow(/2 test kits stand in .+ \(mine, made at \S+; yours, made at [^;\s]+\)/);
    expect(await mine.pending()).toHaveLength(0);
    expect(await yours.pending()).toHaveLength(1);
    for (const kit of [yours, mine, stranger]) await kit.dispose();
  });

  it("tell the app's own listeners what happens there, and a kit's listeners nothing that happens elsewhere", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const heard: string[] = [];
    jobs.on("enqueued", () => heard.push("the app's"));
    const [kit] = (await kits(jobs, "mine")) as [TestKit]; // `as`: as above
    jobs.on("enqueued", () => heard.push("the kit's"));

    await jobs.enqueue(plain);
    await kit.dispose();
    expect(heard.sort()).toEqual(["the app's", "the kit's"]);
    await jobs.enqueue(plain);

    expect(heard.sort()).toEqual(["the app's", "the app's", "the kit's"]);
  });
});

describe("Jobs.close in a kit", () => {
  it("closes the app's jobs, and leaves what they did to be looked at", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const kit = await createTestKit({ app: jobs, leftovers: "ignore" });
    await jobs.enqueue(plain);

    await jobs.close();
    await jobs.close();

    await expect(jobs.enqueue(plain)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(jobs.enqueueMany([[plain]])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(jobs.processQueue()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await kit.pending(plain)).toHaveLength(1);
    await kit.dispose();
    expect(await jobs.enqueue(plain)).toMatchObject({ status: "pending" });
  });
});

describe("the Jobs that an enqueue finds", () => {
  const open: { close?(): Promise<void>; dispose?(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await (one.dispose?.() ?? one.close?.());
  });

  function aDefault() {
    const { jobs } = anApp({ jobs: [plain] });
    open.push(jobs);
    return jobs.useAsDefault();
  }

  async function aKit(label: string) {
    const kit = await createTestKit({ jobs: [plain], label, leftovers: "ignore" });
    open.push(kit);
    return kit;
  }

  it("says what to do when there is none", async () => {
    await expect(plain.enqueue()).rejects.toBeInstanceOf(NoJobsError);
    await expect(plain.enqueue()).rejects.toThrow(/Cannot enqueue Plain.+useAsDefault\(\).+createTestKit/);
  });

  it("is the process default where nothing nearer is, by class, by instance and in every way", async () => {
    const jobs = aDefault();

    await plain.enqueue();
    await plain.enqueueIn("1m");
    await plain.enqueueAt(new Date());
    await new plain().enqueue();

    expect(await jobs.queueStats()).toMatchObject({ pending: 4 });
  });

  it("is the last one made the default, and none once that is closed", async () => {
    const first = aDefault();
    const second = aDefault();

    await plain.enqueue();
    await first.close();
    await plain.enqueue();
    expect(await second.queueStats()).toMatchObject({ pending: 2 });

    await second.close();
    await expect(plain.enqueue()).rejects.toBeInstanceOf(NoJobsError);
  });

  it("is the only open kit's before the process default", async () => {
    const jobs = aDefault();
    const kit = await aKit("mine");

    await plain.enqueue();

    expect(await kit.pending()).toHaveLength(1);
    expect(await jobs.list()).toEqual([]);
  });

  it("is ambiguous with two open kits and no scope, and the error names them", async () => {
    aDefault();
    await aKit("mine");
    await aKit("yours");

    const refused = plain.enqueue();

    await expect(refused).rejects.toBeInstanceOf(AmbiguousJobsError);
    await expect(refused).rejects.toThrow(
      /Plain.+2 test kits are open \(mine, made at test\/\S+:\d+; yours, made at test\/\S+:\d+\).+forgotten\?/,
    );
  });

  it("is the installed kit's with two open ones, and the scope's before that", async () => {
    const mine = await aKit("mine");
    const yours = await aKit("yours");
    mine.install();

    await plain.enqueue();
    await yours.run(() => plain.enqueue());

    expect(await mine.pending()).toHaveLength(1);
    expect(await yours.pending()).toHaveLength(1);
  });

  it("is the running job's own before everything", async () => {
    const kit = await aKit("mine");
    const parent = defineJob("Parent", {}, () => plain.enqueue());
    const { jobs } = anApp({ jobs: [parent, plain] });
    await jobs.enqueue(parent);

    await kit.run(() => jobs.processQueue());

    expect(await jobs.list({ jobClass: "Plain" })).toHaveLength(1);
    expect(await kit.pending()).toEqual([]);
  });

  it("is asked for by a job class only", async () => {
    const stolen = Job.enqueue as unknown as (this: unknown) => Promise<unknown>; // `as`: detached on purpose

    await expect(stolen.call({})).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });
});
