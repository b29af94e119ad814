// Fastify with inject: no socket, so the call carries the kit's scope.

import fastify from "fastify";
import { expect, it } from "vitest";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import { SendWelcomeJob } from "../jobs.ts";

function buildApp() {
  const app = fastify();
  app.post<{ Body: { email: string } }>("/sign-ups", async (request, reply) => {
    await SendWelcomeJob.enqueue({ to: request.body.email });
    return reply.status(201).send({ email: request.body.email });
  });
  return app;
}

it("welcomes whoever signs up", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob] });

  const answer = await buildApp().inject({ method: "POST", url: "/sign-ups", payload: { email: "ada@example.org" } });

  expect(answer.statusCode).toBe(201);
  await expectEnqueued(kit, SendWelcomeJob, { to: "ada@example.org" }, { queue: "mail" });
  await kit.drain();
});

it.concurrent.each(["grace", "edsger", "barbara"])("welcomes %s in a kit of its own", async (name) => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob], leftovers: "ignore" });
  const to = `${name}@example.org`;

  await kit.run(() => buildApp().inject({ method: "POST", url: "/sign-ups", payload: { email: to } }));

  expect(await kit.enqueued(SendWelcomeJob)).toMatchObject([{ data: { to } }]);
});
