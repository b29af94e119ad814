// Express with supertest: a server for each request, in this process.

import request from "supertest";
import { expect, it } from "vitest";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import { SendWelcomeJob, sent } from "../jobs.ts";
import { app } from "./app.ts";

it("welcomes whoever signs up", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob] });

  await request(app).post("/sign-ups").send({ email: "ada@example.org" }).expect(201);

  await expectEnqueued(kit, SendWelcomeJob, { to: "ada@example.org" });
  await kit.drain();
  expect(sent).toContain("ada@example.org");
});

it("welcomes nobody without an address", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob] });

  const { enqueued } = await kit.during(() => request(app).post("/sign-ups").send({}).expect(422));

  expect(enqueued).toEqual([]);
});

it.concurrent.each(["grace", "edsger", "barbara"])("welcomes %s in a kit of its own", async (name) => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob], leftovers: "ignore" });
  const to = `${name}@example.org`;

  await kit.run(() => request(app).post("/sign-ups").send({ email: to }).expect(201));

  expect(await kit.enqueued(SendWelcomeJob)).toMatchObject([{ data: { to } }]);
});
