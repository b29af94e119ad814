// For those who look after the queue: what the command line does, in the browser.

import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import * as v from "valibot";
import type { Shop } from "../shop.ts";

const Queue = v.object({ queue: v.optional(v.string()) });
const Listing = v.object({
  queue: v.optional(v.string()),
  status: v.optional(v.picklist(["pending", "processing", "completed", "failed"])),
});
const count = v.pipe(v.string(), v.transform(Number), v.number());
const Metrics = v.object({ queue: v.optional(v.string()), minutes: v.optional(count) });
const Purge = v.object({
  days: v.optional(count),
  status: v.optional(v.picklist(["completed", "failed"]), "completed"),
});
const Draining = v.object({ queue: v.optional(v.string()), limit: v.optional(count) });

export function admin({ jobs, adminToken }: Shop): Hono {
  const routes = new Hono();
  routes.use(bearerAuth({ token: adminToken }));

  /** A shop that has no worker process lets a cron entry call this once a minute. */
  routes.post("/process", async (c) => c.json(await jobs.processQueue(v.parse(Draining, c.req.query()))));

  routes.get("/status", async (c) => c.json(await jobs.stats()));

  routes.get("/metrics", async (c) => c.json(await jobs.monitor(v.parse(Metrics, c.req.query()))));

  routes.get("/jobs", async (c) => c.json(await jobs.list(v.parse(Listing, c.req.query()))));

  routes.post("/jobs/retry", async (c) => c.json({ retried: await jobs.retryFailed(v.parse(Queue, c.req.query())) }));

  routes.post("/jobs/:id/retry", async (c) => c.json(await jobs.retry(c.req.param("id"))));

  routes.delete("/jobs/:id", async (c) => {
    await jobs.cancel(c.req.param("id"));
    return c.body(null, 204);
  });

  routes.delete("/jobs", async (c) => c.json({ purged: await jobs.purge(v.parse(Purge, c.req.query())) }));

  return routes;
}
