// Starts the shop on port 3000: npx tsx examples/shop/src/server.ts

import { setTimeout as wait } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { connect } from "./connection.ts";
import { openShop } from "./shop.ts";

// A shop whose jobs must survive a restart is given a database: JOBS_URL=sqlite:jobs.db.
const connection = await connect(process.env.JOBS_URL ?? "memory:");
const { app, jobs } = openShop({ connection, adminToken: process.env.ADMIN_TOKEN ?? "secret", logger: console });
jobs.useAsDefault(); // What `SomeJob.enqueue()` finds.

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`The shop is open: http://localhost:${port}`);
});

// Requests and jobs share this process. With an SQL store the jobs may have processes of their own.
let open = true;
process.once("SIGTERM", () => {
  open = false;
  server.close();
});
while (open) {
  const { processed, failed } = await jobs.processQueue();
  if (processed + failed === 0) await wait(1000);
}
await jobs.close();
