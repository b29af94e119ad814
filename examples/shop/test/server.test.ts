// The shop behind a real HTTP server. Its requests do not come from the test's own calls, so the kit is installed for
// the whole process until it is disposed.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { expect, it, onTestFinished } from "vitest";
import { createTestKit } from "wheelwright/testing";
import { SendWelcomeEmailJob } from "../src/jobs/index.ts";
import { openShop } from "../src/shop.ts";
import { json } from "./support/json.ts";

async function listen(fetch: ReturnType<typeof openShop>["app"]["fetch"]): Promise<string> {
  const server = createAdaptorServer({ fetch });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // `as`: it listens on a port, not on a pipe
  return `http://127.0.0.1:${port}`;
}

it("enqueues into the installed kit, whose clock keeps up with the server's", async () => {
  const { app, jobs, services } = openShop();
  const url = await listen(app.fetch);
  const kit = (await createTestKit({ app: jobs, leftovers: "ignore" })).install();
  onTestFinished(() => kit.dispose());

  const response = await fetch(`${url}/users`, json({ name: "Ada", email: "ada@example.com" }));

  expect(response.status).toBe(201);
  const job = await kit.waitFor(SendWelcomeEmailJob, { userId: 1 });
  expect(Math.abs(job.createdAt.getTime() - Date.now())).toBeLessThan(60_000);
  await kit.advance("5m");
  expect(services.mailer.outbox.map(({ subject }) => subject)).toEqual(["Welcome, Ada", "Is everything working?"]);
});

it("waits for what a server enqueues after it has answered", async () => {
  const { app, jobs } = openShop();
  app.post("/later", (c) => {
    setImmediate(() => void SendWelcomeEmailJob.enqueue({ userId: 7 }));
    return c.body(null, 202);
  });
  const url = await listen(app.fetch);
  const kit = (await createTestKit({ app: jobs, leftovers: "ignore" })).install();
  onTestFinished(() => kit.dispose());

  await fetch(`${url}/later`, { method: "POST" });

  expect(await kit.waitFor(SendWelcomeEmailJob)).toMatchObject({ data: { userId: 7 } });
});
