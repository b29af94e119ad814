// Hono with app.request: a function call, so it carries the kit's scope.

import { Hono } from "hono";
import { expect, it } from "vitest";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import { SendWelcomeJob } from "../jobs.ts";

const app = new Hono();

app.post("/sign-ups", async (context) => {
  const { email } = await context.req.json<{ email: string }>();
  await SendWelcomeJob.enqueue({ to: email });
  return context.json({ email }, 201);
});

function signUp(email: string) {
  return app.request("/sign-ups", { method: "POST", body: JSON.stringify({ email }) });
}

it("welcomes whoever signs up", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob] });

  expect((await signUp("ada@example.org")).status).toBe(201);

  await expectEnqueued(kit, SendWelcomeJob, { to: "ada@example.org" });
  await kit.drain();
});

it.concurrent.each(["grace", "edsger", "barbara"])("welcomes %s in a kit of its own", async (name) => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob], leftovers: "ignore" });
  const to = `${name}@example.org`;

  await kit.run(() => signUp(to));

  expect(await kit.enqueued(SendWelcomeJob)).toMatchObject([{ data: { to } }]);
});
