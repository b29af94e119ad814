// Which kit an enqueue finds: kit.run, kit.install, the only open kit. Kits side by side see nothing of each other.

import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { AmbiguousJobsError, createJobs, defineJob, MemoryJobStore, NoJobsError } from "wheelwright";
import { createTestKit, KitUsageError } from "wheelwright/testing";
import { aKit, aTellingJob, aTurn, NOON } from "./a-kit.ts";

interface Note {
  readonly text: string;
}
const NoteJob = defineJob<Note>("NoteJob", {}, () => undefined);

function texts(jobs: readonly { readonly data: Note }[]): string[] {
  return jobs.map(({ data }) => data.text);
}

describe("an enqueue", () => {
  it("finds the only open kit", async () => {
    const kit = await aKit([NoteJob]);

    await NoteJob.enqueue({ text: "here" });

    expect(texts(await kit.enqueued(NoteJob))).toEqual(["here"]);
  });

  it("is told to list an unknown class where this kit lists its own: in createTestKit, or in the app's createJobs", async () => {
    const listed = await aKit([NoteJob]);
    const app = createJobs({ store: new MemoryJobStore(), jobs: [NoteJob] });
    const Other = defineJob("OtherJob", {}, () => undefined);

    await expect(listed.jobs.enqueue(Other)).rejects.toThrow("Pass it in createTestKit({ jobs: [OtherJob] }).");
    expect(() => listed.expectFailure(Other)).toThrow("Pass it in createTestKit({ jobs: [OtherJob] }).");
    await listed.dispose();
    const kit = await createTestKit({ app });
    await expect(kit.jobs.enqueue(Other)).rejects.toThrow("Pass it in createJobs({ jobs }).");
    await kit.dispose();
  });

  it("is refused with the names of the kits where several are open and it is in the scope of none", async () => {
    await aKit([NoteJob], { label: "the first" });
    await aKit([NoteJob], { label: "the second" });

    const refused = NoteJob.enqueue({ text: "where?" });

    await expect(refused).rejects.toThrow(AmbiguousJobsError);
    await expect(refused).rejects.toThrow("the first, made at test");
  });

  it("is refused where no kit is open, and says what to do", async () => {
    await expect(NoteJob.enqueue({ text: "where?" })).rejects.toThrow(NoJobsError);
    await expect(NoteJob.enqueue({ text: "where?" })).rejects.toThrow("createTestKit({ jobs: [NoteJob] })");
  });

  it("finds an open kit rather than the process default, which has its place back after", async () => {
    const app = createJobs({ store: new MemoryJobStore(), jobs: [NoteJob] });
    app.useAsDefault();
    const kit = await createTestKit({ jobs: [NoteJob], leftovers: "ignore" });

    await NoteJob.enqueue({ text: "test" });
    await kit.dispose();
    await NoteJob.enqueue({ text: "app" });

    expect((await app.list()).map(({ data }) => data.text)).toEqual(["app"]);
    await app.close();
  });
});

describe("kit.run", () => {
  it("makes its kit what enqueues find, through all that is awaited", async () => {
    const [one, two] = [await aKit([NoteJob]), await aKit([NoteJob])];

    await one.run(async () => {
      await aTurn();
      await Promise.all([1, 2].map(async (n) => NoteJob.enqueue({ text: `one ${n}` })));
    });
    await two.run(() => NoteJob.enqueue({ text: "two" }));

    expect(texts(await one.enqueued(NoteJob)).sort()).toEqual(["one 1", "one 2"]); // At once: either is first.
    expect(texts(await two.enqueued(NoteJob))).toEqual(["two"]);
  });

  it("BM-240 may be nested: the innermost kit counts, and the outer one again after it", async () => {
    const [outer, inner] = [await aKit([NoteJob]), await aKit([NoteJob])];

    await outer.run(async () => {
      await NoteJob.enqueue({ text: "a" });
      await inner.run(() => NoteJob.enqueue({ text: "b" }));
      await outer.run(() => NoteJob.enqueue({ text: "c" }));
      await NoteJob.enqueue({ text: "d" });
    });

    expect(texts(await outer.enqueued(NoteJob))).toEqual(["a", "c", "d"]);
    expect(texts(await inner.enqueued(NoteJob))).toEqual(["b"]);
  });

  it("returns what the function returns, and throws what it throws", async () => {
    const kit = await aKit([NoteJob]);

    expect(kit.run(() => 7)).toBe(7);
    expect(() =>
      kit.run(() => {
        throw new RangeError("out of range");
      }),
    ).toThrow(RangeError);
  });

  it("R17 does not reach into handlers: they have their own kit's scope, whoever drains", async () => {
    const found: string[] = [];
    const Asks = defineJob("AsksJob", {}, async () => {
      found.push((await NoteJob.enqueue({ text: "from a handler" })).id);
    });
    const [one, two] = [await aKit([Asks, NoteJob]), await aKit([Asks, NoteJob])];
    await one.run(() => Asks.enqueue());

    await two.run(() => one.drain());

    expect((await one.enqueued(NoteJob)).map(({ id }) => id)).toEqual(found);
    expect(await two.enqueued()).toEqual([]);
  });

  it("BM-241 keeps the contexts of a job and of one that it runs apart", async () => {
    const seen: string[] = [];
    const Inner = defineJob("InnerJob", {}, async (_data, { job }) => {
      await aTurn();
      await NoteJob.enqueue({ text: "inner" });
      seen.push(job.jobClass);
    });
    const Outer = defineJob("OuterJob", {}, async (_data, { job }) => {
      await Inner.enqueue();
      await kit.jobs.processNext();
      await NoteJob.enqueue({ text: "outer" });
      seen.push(job.jobClass);
    });
    const kit = await aKit([Inner, Outer, NoteJob]);
    const outer = await Outer.enqueue();

    await kit.runNext();

    expect(seen).toEqual(["InnerJob", "OuterJob"]);
    const notes = kit.events({ type: "enqueued", jobClass: NoteJob });
    const [inner] = await kit.enqueued(Inner);
    expect(notes.map(({ parentId }) => parentId)).toEqual([inner?.id, outer.id]);
  });
});

describe("kit.install", () => {
  it("makes its kit what every enqueue of the process finds, those without a scope too", async () => {
    const server = createServer((_request, response) => {
      void NoteJob.enqueue({ text: "from the server" }).then(() => response.end("ok"));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const other = await aKit([NoteJob]);
    const kit = (await aKit([NoteJob])).install();

    const { port } = server.address() as AddressInfo; // `as`: it listens on a port
    await new Promise((resolve) =>
      get({ port, host: "127.0.0.1" }, (response) => response.resume().on("end", resolve)),
    );

    expect(texts(await kit.enqueued(NoteJob))).toEqual(["from the server"]);
    expect(await other.enqueued()).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  });

  it("gives way to a scope, and ends at dispose", async () => {
    const [one, two] = [await aKit([NoteJob]), await aKit([NoteJob])];
    one.install();

    await two.run(() => NoteJob.enqueue({ text: "two" }));
    await one.dispose();
    await NoteJob.enqueue({ text: "two again" });

    expect(texts(await two.enqueued(NoteJob))).toEqual(["two", "two again"]);
  });

  it("is for one kit at a time; twice for the same is once", async () => {
    const [one, two] = [await aKit([NoteJob], { label: "one" }), await aKit([NoteJob], { label: "two" })];
    expect(one.install().install()).toBe(one);

    expect(() => two.install()).toThrow(KitUsageError);
    expect(() => two.install()).toThrow("two cannot be installed: one is.");

    await one.dispose();
    two.install();
  });
});

describe("kits side by side", () => {
  it("BM-235 know nothing of each other's unique keys, nor of those of kits before", async () => {
    for (let round = 0; round < 2; round++) {
      const [one, two] = [await createTestKit({ jobs: [NoteJob] }), await createTestKit({ jobs: [NoteJob] })];
      for (const kit of [one, two]) {
        const job = await kit.run(() => NoteJob.enqueue({ text: "unique" }, { uniqueKey: "k" }));
        expect(job.deduplicated).toBe(false);
        await kit.drain();
        await kit.dispose();
      }
    }
  });

  it("have the same ids, each its own, for they have the same seed", async () => {
    const [one, two] = [await aKit([NoteJob], { now: NOON }), await aKit([NoteJob], { now: NOON })];
    const enqueue = (): Promise<{ id: string }> => NoteJob.enqueue({ text: "a" });

    expect((await one.run(enqueue)).id).toBe((await two.run(enqueue)).id);
  });

  it("may share a store that was handed to them, without a clash of ids", async () => {
    const store = new MemoryJobStore();
    const [one, two] = [await aKit([NoteJob], { store }), await aKit([NoteJob], { store })];

    const ids = [
      await one.run(() => NoteJob.enqueue({ text: "a" })),
      await two.run(() => NoteJob.enqueue({ text: "b" })),
    ];

    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
    await one.dispose();
    expect(texts(await two.enqueued(NoteJob))).toEqual(["a", "b"]);
  });
});

describe.concurrent("tests that run at once", () => {
  async function aTest(n: number, everybodyIsOpen: () => Promise<void>): Promise<readonly [string[], number]> {
    const { job, told } = aTellingJob();
    const kit = await createTestKit({ jobs: [job] });
    await everybodyIsOpen();
    await kit.run(async () => {
      await job.enqueue({ name: `now ${n}`, sleeps: [`${n}s`] });
      await aTurn();
      await job.enqueueIn(n, { name: `later ${n}` });
    });
    await kit.drainUntilIdle();
    const { length } = await kit.enqueued();
    await kit.dispose();
    return [told.sort(), length];
  }

  /** Waited for by so many, and over for all of them at once. */
  function aBarrier(count: number): () => Promise<void> {
    let waiting = 0;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return () => {
      if (++waiting === count) open();
      return opened;
    };
  }

  const fiveAreOpen = aBarrier(5); // As many as the runner lets run at once.

  it.for([0, 1, 2, 3, 4])("BM-236 see their own jobs only (%i)", async (n, { expect }) => {
    expect(await aTest(n, fiveAreOpen)).toEqual([[`later ${n}`, `now ${n}`, `now ${n} +${n}s`], 2]);
  });

  it("BM-236 see their own jobs only, fifty of them", async ({ expect }) => {
    const fiftyAreOpen = aBarrier(50);

    const seen = await Promise.all(Array.from({ length: 50 }, (_, n) => aTest(n, fiftyAreOpen)));

    expect(seen).toEqual(seen.map((_, n) => [[`later ${n}`, `now ${n}`, `now ${n} +${n}s`], 2]));
  });
});
