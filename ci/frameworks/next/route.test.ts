// A route handler is a function from request to response: no `next build`, no server.

import { NextRequest } from "next/server";
import { expect, it } from "vitest";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import { SendWelcomeJob } from "../jobs.ts";
import { POST } from "./app/sign-ups/route.ts";

function signUp(email: string) {
  return POST(new NextRequest("http://shop.example/sign-ups", { method: "POST", body: JSON.stringify({ email }) }));
}

it("welcomes whoever signs up", async () => {
  await using kit = await createTestKit({ jobs: [SendWelcomeJob] });

  expect((await signUp("ada@example.org")).status).toBe(201);

  await expectEnqueued(kit, SendWelcomeJob, { to: "ada@example.org" });
  await kit.drain();
});
