// A kit in the place of an app's own store and clock: what the app does lands in the kit, and is given back.

import { afterEach, describe, expect, it } from "vitest";
import { createJobs, Job, type Jobs, MemoryJobStore } from "wheelwright";
import { createTestKit, KitDisposeError, KitUsageError, NothingRanError } from "wheelwright/testing";

class WelcomeJob extends Job<{ to: string }> {
  override perform(): void {}
}
class StrangerJob extends Job {
  override perform(): void {}
}

const store = new MemoryJobStore();
const app: Jobs = createJobs({ store, jobs: [WelcomeJob], defaults: { queue: "app" } });

async function signUp(name: string): Promise<string> {
  const job = await app.enqueue(WelcomeJob, { to: name });
  return job.id;
}

afterEach(async () => {
  // Whatever a test does in kits, the app's own store never sees a job.
  expect(await store.list({})).toEqual([]);
});

describe("createTestKit({ app })", () => {
  it("takes what the app enqueues, with the app's own settings", async () => {
    const kit = await createTestKit({ app });

    const id = await signUp("ada");

    expect(await kit.enqueued(WelcomeJob)).toMatchObject([{ id, queue: "app", data: { to: "ada" } }]);
    await kit.drain();
    expect(await app.find(id)).toMatchObject({ status: "completed" });
    await kit.dispose();
  });

  it("gives the app its store and clock back", async () => {
    const kit = await createTestKit({ app, now: "2030-01-01T00:00:00Z" });
    expect(app.now()).toEqual(new Date("2030-01-01T00:00:00Z"));
    await signUp("ada");
    await kit.drain();

    await kit.dispose();

    expect(await app.list()).toEqual([]);
    expect(Math.abs(app.now().getTime() - Date.now())).toBeLessThan(1000);
  });

  it("gives them back also when the test failed, and dispose with it", async () => {
    const kit = await createTestKit({ app, leftovers: "fail" });
    await signUp("ada");
    await expect(kit.drain({ queue: "elsewhere" })).rejects.toThrow(NothingRanError);
    await kit.drain({ queue: "elsewhere", allowEmpty: true });

    await expect(kit.dispose()).rejects.toThrow(KitDisposeError);

    expect(await app.list()).toEqual([]);
    expect(await (await createTestKit({ app })).dispose()).toBeUndefined();
  });

  it("gives them back when the code under test has closed the kit's store", async () => {
    const kit = await createTestKit({ app });
    await kit.run(() => app.close());

    await kit.dispose();

    expect(await app.list()).toEqual([]);
  });

  it("stands side by side with another kit of the app, each in its own scope", async () => {
    const [one, two] = [await createTestKit({ app }), await createTestKit({ app })];

    await Promise.all([one.run(() => signUp("one")), two.run(() => signUp("two"))]);

    expect((await one.enqueued(WelcomeJob)).map(({ data }) => data.to)).toEqual(["one"]);
    expect((await two.enqueued(WelcomeJob)).map(({ data }) => data.to)).toEqual(["two"]);
    await Promise.all([one.drain(), two.drain()]);
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it("R9 shows the kit's store in the place of the app's, and its transactions work", async () => {
    const own = new MemoryJobStore();
    const shop = createJobs({ store: own, jobs: [WelcomeJob] });
    expect(shop.store).toBe(own);
    const kit = await createTestKit({ app: shop, store: "memory:", leftovers: "ignore" });

    expect(shop.store).toBe(kit.store);
    const inForce = shop.store as MemoryJobStore; // `as`: what it was told
    await inForce.transaction((transaction) => shop.enqueue(WelcomeJob, { to: "ada" }, { transaction }));
    const refused = own.transaction((transaction) => shop.enqueue(WelcomeJob, { to: "bob" }, { transaction }));

    await expect(refused).rejects.toMatchObject({
      code: "TRANSACTION_NOT_SUPPORTED",
      message: expect.stringMatching(/another memory store began it.+jobs\.store.+createTestKit\(\{ app, store \}\)/),
    });
    expect(await kit.enqueued()).toHaveLength(1);
    await kit.dispose();
  });

  it("names the kits where code runs in the scope of none", async () => {
    const one = await createTestKit({ app, label: "the first kit" });
    const two = await createTestKit({ app, label: "the second kit" });

    await expect(signUp("ada")).rejects.toThrow(
      /\(the first kit, made at test\S+:\d+; the second kit, made at test\S+:\d+\), and this code runs in the scope of none.+forgotten\?/,
    );
    expect(() => app.now()).toThrow("the second kit, made at");
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it("R17 takes what its handlers enqueue through the app, though another kit stands in for it, too", async () => {
    class InviteJob extends Job {
      override async perform(): Promise<void> {
        await own.enqueue(WelcomeJob, { to: "bob" });
      }
    }
    const own = createJobs({ store: new MemoryJobStore(), jobs: [InviteJob, WelcomeJob] });
    const one = await createTestKit({ app: own });
    const two = await createTestKit({ app: own });
    await one.run(() => own.enqueue(InviteJob));

    await one.drain();

    expect(await one.enqueued(WelcomeJob)).toMatchObject([{ data: { to: "bob" } }]);
    expect(await two.enqueued()).toEqual([]);
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it("R44 lets nothing of its scope reach the app, or another kit, once it is disposed", async () => {
    const gone = await createTestKit({ app });
    let late = (): Promise<string> => Promise.reject(new Error("not set"));
    gone.run(() => {
      late = async () => {
        await Promise.resolve();
        return signUp("late");
      };
    });
    const inScope = gone.run(async () => {
      await waitUntilDisposed;
      return late();
    });
    const refused = expect(inScope).rejects.toThrow(KitUsageError);
    await gone.dispose();
    const next = await createTestKit({ app });

    disposed();
    await refused;

    expect(await next.enqueued()).toEqual([]);
    await next.dispose();
  });

  it("refuses what is no Jobs of ours", async () => {
    const { app: nothing } = { app: {} as Jobs }; // `as`: what a JavaScript user may write

    await expect(createTestKit({ app: nothing })).rejects.toThrow("the Jobs that createJobs returned");
  });

  it("knows the app's classes and no others", async () => {
    const kit = await createTestKit({ app });

    await expect(kit.enqueued(StrangerJob)).rejects.toThrow('No job class "StrangerJob" is registered');
    await kit.dispose();
  });
});

let disposed = (): void => undefined;
const waitUntilDisposed = new Promise<void>((resolve) => {
  disposed = resolve;
});

describe("app.on, with a kit in the app's place", () => {
  it("goes on telling those who listened before", async () => {
    const heard: string[] = [];
    const stop = app.on("completed", ({ job }) => heard.push(job.jobClass));
    const kit = await createTestKit({ app });

    await signUp("ada");
    await kit.drain();

    expect(heard).toEqual(["WelcomeJob"]);
    stop();
    await kit.dispose();
  });

  it("tells a listener that is added meanwhile until the kit is disposed", async () => {
    const heard: string[] = [];
    const first = await createTestKit({ app });
    app.on("enqueued", ({ job }) => heard.push(job.id));
    const id = await signUp("ada");
    await first.drain();
    await first.dispose();
    const second = await createTestKit({ app });

    await signUp("bob");

    expect(heard).toEqual([id]);
    await second.drain();
    await second.dispose();
  });

  it("reports a listener that throws, and goes on", async () => {
    const said: string[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (text: string) => said.push(text) };
    const own = createJobs({ store, jobs: [WelcomeJob], logger });
    own.on("completed", () => {
      throw new Error("no such counter");
    });
    const kit = await createTestKit({ app: own });

    await kit.run(() => WelcomeJob.enqueue({ to: "ada" }));
    await kit.drain();

    expect(said).toEqual(["an event listener threw"]);
    await kit.dispose();
  });

  it("keeps the engine's own lines in the kit, not in the app's log", async () => {
    const said: unknown[] = [];
    const logger = { info: (line: string) => said.push(line), warn: () => undefined, error: () => undefined };
    const kit = await createTestKit({ app: createJobs({ store, jobs: [WelcomeJob], logger }) });

    await WelcomeJob.enqueue({ to: "ada" });
    await kit.drain();

    expect(said).toEqual([]);
    expect(kit.logs({ message: "WelcomeJob completed" })).toHaveLength(1);
    await kit.dispose();
  });
});
