// Starts the shop on port 3000: npx tsx examples/shop/src/server.ts

import { serve } from "@hono/node-server";
import { openShop } from "./shop.ts";

const { app, jobs } = openShop({ adminToken: process.env.ADMIN_TOKEN ?? "secret", logger: console });
jobs.useAsDefault(); // What `SomeJob.enqueue()` finds.

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`The shop is open: http://localhost:${port}`);
});
