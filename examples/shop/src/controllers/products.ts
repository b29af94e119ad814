// The catalogue: adding and changing products, uploading price lists, telling partners.

import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import * as v from "valibot";
import { ImportProductsJob, IndexProductJob, SyncPartnerJob } from "../jobs/index.ts";
import { PARTNERS } from "../services/partner-api.ts";
import type { Shop } from "../shop.ts";

const Product = v.object({ sku: v.string(), name: v.string(), price: v.number(), stock: v.number() });
const Changes = v.object({
  name: v.exactOptional(v.string()),
  price: v.exactOptional(v.number()),
  stock: v.exactOptional(v.number()),
});

export function products({ jobs, services: { db, search }, uploads }: Shop): Hono {
  const routes = new Hono();

  routes.get("/products", (c) => c.json(search.find(c.req.query("q") ?? "")));

  routes.post("/products", async (c) => {
    const product = await db.products.create(v.parse(Product, await c.req.json())); // the hook enqueues, see shop.ts
    return c.json(product, 201);
  });

  routes.patch("/products/:id", async (c) => {
    const changes = v.parse(Changes, await c.req.json());
    const product = db.products.update(Number(c.req.param("id")), changes);
    await IndexProductJob.enqueueFor(product.sku);
    return c.json(product);
  });

  routes.post("/products/imports", async (c) => {
    const { file } = await c.req.parseBody();
    if (!(file instanceof File)) return c.json({ error: 'Send the price list as "file".' }, 400);
    const { id: importId } = await db.imports.create({ jobId: null, status: "waiting", imported: 0, refused: [] });
    const path = join(uploads, `${randomUUID()}.csv`);
    await mkdir(uploads, { recursive: true });
    await writeFile(path, file.stream());
    // The job gets the file's name: what is enqueued is stored as JSON, and should be small.
    const { id: jobId } = await ImportProductsJob.enqueue({ importId, file: path });
    db.imports.update(importId, { jobId });
    return c.json({ importId, jobId }, 202);
  });

  routes.get("/products/imports/:id", async (c) => {
    const { jobId, ...report } = db.imports.get(Number(c.req.param("id")));
    const job = jobId === null ? null : await jobs.find(jobId);
    return c.json({ ...report, job: job?.status ?? null, progress: job?.progress ?? null });
  });

  routes.post("/partners/sync", async (c) => {
    // A second apart, so that the partners' answers do not all come at once.
    const enqueued = await jobs.enqueueMany(
      PARTNERS.map((partner, index) => [SyncPartnerJob, { partner }, { delay: index }]),
    );
    return c.json({ jobIds: enqueued.map(({ id }) => id) }, 202);
  });

  return routes;
}
