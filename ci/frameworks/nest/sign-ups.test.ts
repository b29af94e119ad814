// Nest with its testing module: the controller called as a method, and through HTTP; jobs made by the container.

import type { INestApplication } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import request from "supertest";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createTestKit, expectEnqueued, type TestKit } from "wheelwright/testing";
import { AppModule, Mailer, SendWelcomeJob, SignUpsController } from "./app.ts";

const send = vi.fn(async (_to: string) => undefined);
let app: INestApplication;

beforeAll(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(Mailer)
    .useValue({ send })
    .compile();
  app = await module.createNestApplication().init();
});
afterAll(() => app.close());

/** Attempts get their instance from Nest, so `perform` has its mailer. */
function openKit(): Promise<TestKit> {
  return createTestKit({ jobs: [SendWelcomeJob], create: (JobClass) => app.get(JobClass) });
}

it("enqueues from the controller's method", async () => {
  await using kit = await openKit();

  await app.get(SignUpsController).create({ email: "ada@example.org" });

  await expectEnqueued(kit, SendWelcomeJob, { to: "ada@example.org" }, { queue: "mail" });
  await kit.drain();
  expect(send).toHaveBeenLastCalledWith("ada@example.org");
});

it("enqueues from a request", async () => {
  await using kit = await openKit();

  await request(app.getHttpServer()).post("/sign-ups").send({ email: "grace@example.org" }).expect(201);
  await kit.drain();

  expect(send).toHaveBeenLastCalledWith("grace@example.org");
});
