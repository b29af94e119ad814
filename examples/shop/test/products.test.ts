// The catalogue: price lists, the hook behind it, the partners.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { stub } from "sinon";
import { describe, expect } from "vitest";
import { ImportProductsJob, IndexProductJob, SyncPartnerJob } from "../src/jobs/index.ts";
import { PARTNERS, TooManyCallsError } from "../src/services/partner-api.ts";
import { json } from "./support/json.ts";
import { it } from "./support/test.ts";

const priceList = new URL("../data/price-list.csv", import.meta.url);

async function upload(): Promise<RequestInit> {
  const body = new FormData();
  body.set("file", new File([await readFile(priceList)], "price-list.csv"));
  return { method: "POST", body };
}

describe("uploading a price list", () => {
  it("imports the good rows and reports the bad ones", async ({ shop: { app, db }, kit }) => {
    await app.request("/products/imports", await upload());

    await kit.drain({ only: ImportProductsJob });

    expect(db.products.all()).toHaveLength(20);
    expect(db.products.find(({ sku }) => sku === "MU-103")).toMatchObject({ name: "Mug, extra large", price: 1600 });
    const report = await app.request("/products/imports/1");
    expect(await report.json()).toMatchObject({
      status: "done",
      imported: 20,
      refused: [
        { line: 13, reason: 'the price must look like "12.50"' },
        { line: 16, reason: 'the sku must look like "AB-123"' },
        { line: 18, reason: "the name is missing" },
        { line: 20, reason: "the stock must be a whole number" },
        { line: 23, reason: "the stock must be a whole number" },
      ],
    });
  });

  it("shows how far it is", async ({ shop: { app }, kit }) => {
    const { value: response } = await kit.during(async () => app.request("/products/imports", await upload()));
    const { jobId } = (await response.json()) as { jobId: string }; // `as`: what the controller answers
    const progress = async () => (await (await app.request("/products/imports/1")).json()) as { progress: unknown }; // `as`: likewise

    expect(await progress()).toMatchObject({ job: "pending", progress: null });
    await kit.drain({ only: ImportProductsJob });

    const steps = kit.events({ jobId, type: "progress" }).map((event) => event.progress);
    expect(steps).toMatchObject([
      { percentage: 42, message: "10 products so far" },
      { percentage: 81 },
      { percentage: 100 },
    ]);
    expect(await progress()).toMatchObject({ job: "completed", progress: steps.at(-1) });
  });

  it("makes every product findable, by the hook that runs after a product is created", async ({
    shop: { app },
    kit,
  }) => {
    await app.request("/products/imports", await upload());

    await kit.drain();

    await expect(kit).toHaveEnqueued(IndexProductJob, undefined, { times: 20 });
    expect(await (await app.request("/products?q=mug")).json()).toEqual(["MU-101", "MU-102", "MU-103"]);
  });

  it("changes the products it meets again", async ({ shop: { app, db }, kit, make }) => {
    await db.products.create(make.product({ sku: "MU-101", price: 1 }));
    await app.request("/products/imports", await upload());

    await kit.drain({ only: ImportProductsJob });

    expect(db.products.all()).toHaveLength(20);
    expect(db.products.find(({ sku }) => sku === "MU-101")?.price).toBe(1250);
  });
});

describe("ImportProductsJob", () => {
  it.for([
    ["what is no CSV", "never-closed.csv", /^this is no price list: /],
    ["a file that is gone", "gone.csv", /gone\.csv is gone$/],
  ] as const)("does not try %s again", async ([_what, name, message], { kit, shop: { db } }) => {
    const { id: importId } = await db.imports.create({ jobId: null, status: "waiting", imported: 0, refused: [] });
    const file = fileURLToPath(new URL(`files/${name}`, import.meta.url));
    const job = await ImportProductsJob.enqueue({ importId, file });

    kit.expectFailure(ImportProductsJob, message);
    await kit.drain();

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "failed", attempts: 1 });
  });

  it("does nothing when a worker before it had done the work", async ({ shop: { db }, kit }) => {
    const { id: importId } = await db.imports.create({ jobId: null, status: "done", imported: 20, refused: [] });

    await kit.perform(ImportProductsJob, { importId, file: "removed-by-then.csv" }, { attempt: 2 });

    expect(db.imports.get(importId).imported).toBe(20);
  });
});

describe("adding and changing products", () => {
  it("enqueues the indexing by the hook", async ({ shop: { app }, kit, make }) => {
    await app.request("/products", json(make.product({ sku: "MU-101" })));

    await expect(kit).toHaveEnqueued(
      IndexProductJob,
      { sku: "MU-101" },
      { queue: "search", uniqueKey: "index:MU-101" },
    );
  });

  it("indexes once what is changed three times in a row, and again what is changed later", async ({
    shop: { app, db, search },
    kit,
    make,
  }) => {
    await db.products.create(make.product({ sku: "MU-101" }));

    for (const name of ["Mug", "Blue mug", "Big blue mug"]) await app.request("/products/1", json({ name }, "PATCH"));
    await expect(kit).toHaveDeduplicated(IndexProductJob, { sku: "MU-101" }, { times: 3 });
    await kit.drain();
    expect(search.find("big blue")).toEqual(["MU-101"]);

    await app.request("/products/1", json({ name: "Teapot" }, "PATCH"));
    await kit.drain();
    expect(search.find("teapot")).toEqual(["MU-101"]);
  });

  it("keeps the indexing back until the transaction around the product commits", async ({
    shop: { db },
    kit,
    make,
  }) => {
    await db.transaction(async (transaction) => {
      await db.products.create(make.product({ sku: "MU-101" }), { transaction });
      expect(await kit.jobs.list()).toEqual([]);
    });

    await expect(kit).toHavePending(IndexProductJob, { sku: "MU-101" });
  });

  it("forgets the indexing of a product whose transaction is rolled back", async ({ shop: { db }, kit, make }) => {
    const failed = db.transaction(async (transaction) => {
      await db.products.create(make.product({ sku: "MU-102" }), { transaction });
      throw new Error("second thoughts");
    });

    await expect(failed).rejects.toThrow("second thoughts");
    expect(await kit.enqueued()).toEqual([]);
  });
});

describe("IndexProductJob", () => {
  it("gives up at once on a product that is gone", async ({ kit }) => {
    await IndexProductJob.enqueueFor("XX-999");

    kit.expectFailure(IndexProductJob, "there is no product XX-999");
    const { ran } = await kit.drainUntilIdle();

    expect(ran).toBe(1);
  });
});

describe("telling the partners", () => {
  it("staggers them by a second each", async ({ shop: { app }, kit }) => {
    await app.request("/partners/sync", { method: "POST" });

    for (const [index, partner] of PARTNERS.entries()) {
      await expect(kit).toHaveEnqueued(SyncPartnerJob, { partner }, { in: { seconds: index } });
    }
  });

  it("waits as long as a partner asks, and not for the backoff", async ({ shop: { partners }, kit }) => {
    partners.busy.set("contoso", 90);
    await SyncPartnerJob.enqueue({ partner: "contoso" });

    await kit.drain();
    await kit.advance("1m 29s");
    expect(partners.received.has("contoso")).toBe(false);
    await kit.advance("1s");

    expect(partners.received.has("contoso")).toBe(true);
  });

  it("gives up on a partner that is always busy after three attempts", async ({ shop: { partners }, kit }) => {
    stub(partners, "push").rejects(new TooManyCallsError("contoso", 10));
    await SyncPartnerJob.enqueue({ partner: "contoso" });

    kit.expectFailure(SyncPartnerJob, "contoso answered 429");
    const { ran } = await kit.drainUntilIdle();

    expect(ran).toBe(3);
  });
});
