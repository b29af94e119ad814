// Express as one server that all tests of the file share.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestKit } from "wheelwright/testing";
import { SendWelcomeJob } from "../jobs.ts";
import { app } from "./app.ts";

let server: Server;
let origin: string;

// Started outside of every kit, so that its requests carry no scope.
beforeAll(async () => {
  await new Promise<void>((listening) => {
    server = app.listen(0, () => listening());
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

async function signUp(email: string) {
  const headers = { "content-type": "application/json" };
  return fetch(`${origin}/sign-ups`, { method: "POST", headers, body: JSON.stringify({ email }) });
}

it("finds the installed kit", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob], leftovers: "ignore" });
  kit.install();

  await signUp("ada@example.org");

  expect(await kit.pending(SendWelcomeJob)).toMatchObject([{ data: { to: "ada@example.org" } }]);
});

it("waits for what is enqueued after the answer", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob], leftovers: "ignore" });
  kit.install();

  void signUp("grace@example.org"); // a webhook, a browser: nobody here awaits it
  const job = await kit.waitFor(SendWelcomeJob, { to: "grace@example.org" });

  expect(job.queue).toBe("mail");
});

it("says what to do when two kits are open and none is installed", async () => {
  await using one = await createTestKit({ jobs: [SendWelcomeJob], label: "kit one" });
  await using two = await createTestKit({ jobs: [SendWelcomeJob], label: "kit two" });

  const answer = await signUp("edsger@example.org");

  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain("2 test kits are open (kit one, made at ");
  expect([...(await one.enqueued()), ...(await two.enqueued())]).toEqual([]);
});
