// Signing up, forgotten passwords, leaving.

import { stub } from "sinon";
import { describe, expect } from "vitest";
import { RunawayError } from "wheelwright/testing";
import {
  EraseAccountJob,
  SendFollowUpEmailJob,
  SendPasswordResetJob,
  SendTipEmailJob,
  SendWelcomeEmailJob,
} from "../src/jobs/index.ts";
import { json } from "./support/json.ts";
import { it } from "./support/test.ts";

describe("signing up", () => {
  it("enqueues a welcome, a follow-up after 300 seconds and a tip for tomorrow at nine", async ({
    shop: { app },
    kit,
  }) => {
    const response = await app.request("/users", json({ name: "Ada", email: "ada@example.com" }));

    expect(response.status).toBe(201);
    await expect(kit).toHaveEnqueued(SendWelcomeEmailJob, { userId: 1 }, { queue: "mail", in: "0s" });
    await expect(kit).toHaveEnqueued(SendFollowUpEmailJob, { userId: 1 }, { in: { seconds: 300 } });
    await expect(kit).toHaveEnqueued(SendTipEmailJob, { userId: 1, tip: 1 }, { at: new Date("2030-03-05T09:00:00Z") });
  });

  it("enqueues nothing for an address that is none", async ({ shop: { app }, kit }) => {
    const signUp = await kit.during(() => app.request("/users", json({ name: "Ada", email: "ada" })));

    expect(signUp.value.status).toBe(400);
    await expect(signUp).toHaveEnqueuedExactly([]);
  });

  it("sends each mail when its time has come", async ({ shop: { app, mailer }, kit }) => {
    await app.request("/users", json({ name: "Ada", email: "ada@example.com" }));
    const subjects = () => mailer.outbox.map(({ subject }) => subject);

    await kit.drain();
    expect(subjects()).toEqual(["Welcome, Ada"]);

    await kit.advance("4m 59s");
    expect(subjects()).toHaveLength(1);
    await kit.advance("1s");
    expect(subjects()).toEqual(["Welcome, Ada", "Is everything working?"]);

    await kit.drainUntilIdle(); // two weeks and a bit
    expect(subjects().slice(2)).toEqual(["Find what you like", "Share a list with friends", "Track your parcels"]);
    expect(kit.now()).toEqual(new Date("2030-03-19T09:00:00Z"));
  });
});

describe("SendWelcomeEmailJob", () => {
  it("tries five times while the mail server is away, and has then failed", async ({
    shop: { db, mailer },
    kit,
    make,
  }) => {
    const { id: userId } = await db.users.create(make.user());
    const send = stub(mailer, "send").rejects(new Error("ECONNREFUSED"));
    const job = await SendWelcomeEmailJob.enqueue({ userId });

    kit.expectFailure(SendWelcomeEmailJob, "ECONNREFUSED");
    const { retried, failed } = await kit.drainUntilIdle();

    expect({ retried, failed, sent: send.callCount }).toEqual({ retried: 4, failed: 1, sent: 5 });
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "failed", attempts: 5, lastError: "ECONNREFUSED" });
  });
});

describe("SendFollowUpEmailJob", () => {
  it("asks nobody who has left meanwhile", async ({ shop: { db, mailer }, kit, make }) => {
    const { id: userId } = await db.users.create(make.user({ status: "closed" }));

    await kit.perform(SendFollowUpEmailJob, { userId });

    expect(mailer.outbox).toEqual([]);
  });

  it("fails for a user that is not there", async ({ kit }) => {
    await expect(kit.perform(SendFollowUpEmailJob, { userId: 404 })).rejects.toThrow("There is no user 404.");
  });
});

describe("SendTipEmailJob", () => {
  it("sends a tip once, and enqueues the next once, though it runs twice", async ({
    shop: { db, mailer },
    kit,
    make,
  }) => {
    const { id: userId } = await db.users.create(make.user());

    await kit.perform(SendTipEmailJob, { userId, tip: 1 });
    await kit.perform(SendTipEmailJob, { userId, tip: 1 });

    expect(mailer.outbox).toHaveLength(1);
    await expect(kit).toHaveEnqueued(SendTipEmailJob, { userId, tip: 2 }, { in: "7d" });
    await expect(kit).toHaveDeduplicated(SendTipEmailJob, { userId, tip: 2 });
  });

  it("does not go on to the next tip before this one is sent", async ({ shop: { db, mailer }, kit, make }) => {
    const { id: userId } = await db.users.create(make.user());
    stub(mailer, "send").rejects(new Error("ECONNREFUSED"));

    await expect(kit.perform(SendTipEmailJob, { userId, tip: 1 })).rejects.toThrow("ECONNREFUSED");

    await expect(kit).not.toHaveEnqueued(SendTipEmailJob);
  });
});

describe("forgetting one's password", () => {
  it("lets one mail wait, however often the customer clicks", async ({ shop: { app, db, mailer }, kit, make }) => {
    const { email } = await db.users.create(make.user());

    for (let click = 1; click <= 3; click++) await app.request("/password-resets", json({ email }));

    await expect(kit).toHaveEnqueued(SendPasswordResetJob, { userId: 1 });
    await expect(kit).toHaveDeduplicated(SendPasswordResetJob, { userId: 1 }, { times: 2 });

    await kit.drain();
    await app.request("/password-resets", json({ email })); // The mail got lost; now the key is free again.
    await kit.drain();
    expect(mailer.outbox.map(({ to }) => to)).toEqual([email, email]);
  });

  it("answers strangers the same, and enqueues nothing", async ({ shop: { app, db }, kit, make }) => {
    const { email } = await db.users.create(make.user());

    const known = await app.request("/password-resets", json({ email }));
    const unknown = await kit.during(() => app.request("/password-resets", json({ email: "nobody@example.com" })));

    expect(unknown.value.status).toBe(known.status);
    expect(await unknown.value.text()).toBe(await known.text());
    await expect(unknown).toHaveEnqueuedExactly([]);
  });

  it("goes out before all other mail", async ({ shop: { app, db, mailer }, kit, make }) => {
    const { id: userId, email } = await db.users.create(make.user());
    await SendTipEmailJob.enqueue({ userId, tip: 3 });
    await SendWelcomeEmailJob.enqueue({ userId });
    await app.request("/password-resets", json({ email }));

    await kit.drain({ queue: "mail" });

    expect(mailer.outbox.map(({ subject }) => subject)).toEqual([
      "Choose a new password",
      expect.stringMatching(/^Welcome/),
      "Track your parcels",
    ]);
  });
});

describe("SendPasswordResetJob", () => {
  it("is not sent when its link has expired, and not tried again", async ({ shop: { app, db, mailer }, kit, make }) => {
    const { email } = await db.users.create(make.user());
    await app.request("/password-resets", json({ email }));

    await kit.jump("2h"); // All workers were down.
    kit.expectFailure(SendPasswordResetJob, "the link expired at 2030-03-04T15:30:00.000Z");
    await kit.drain();

    expect(mailer.outbox).toEqual([]);
    expect(await kit.jobs.list({ status: "failed" })).toMatchObject([{ attempts: 1, maxRetries: 8 }]);
  });
});

describe("leaving", () => {
  it("erases the account after 90 days, and not a second before", async ({ shop: { app, db }, kit, make }) => {
    await db.users.create(make.user());

    await app.request("/users/1", { method: "DELETE" });

    await kit.advance("89d 23h 59m 59s");
    expect(db.users.all()).toMatchObject([{ status: "closed" }]);
    await kit.advance("1s");
    expect(db.users.all()).toEqual([]);
  });

  it("is further ahead than a test looks, unless it says so", async ({ shop: { app, db }, kit, make }) => {
    await db.users.create(make.user());
    await app.request("/users/1", { method: "DELETE" });

    await expect(kit.drainUntilIdle()).rejects.toThrow(RunawayError);
    await kit.drainUntilIdle({ maxVirtualTime: "90d" });

    expect(db.users.all()).toEqual([]);
  });

  it("can be undone until then", async ({ shop: { app, db }, kit, make }) => {
    await db.users.create(make.user());
    await app.request("/users/1", { method: "DELETE" });
    await kit.advance("30d");

    await app.request("/users/1/reopen", { method: "POST" });

    await kit.advance("365d");
    expect(db.users.all()).toMatchObject([{ status: "active" }]);
    await expect(kit).not.toHaveEnqueued(EraseAccountJob); // cancelled, so it is gone
  });
});

describe("EraseAccountJob", () => {
  it("waits for the parcels that are on their way", async ({ shop: { db }, kit, make }) => {
    const { id: userId } = await db.users.create(make.user({ status: "closed" }));
    const order = await db.orders.create(make.order({ userId, status: "paid" }));
    await EraseAccountJob.enqueue({ userId });

    await kit.drain();
    expect(db.users.all()).toHaveLength(1);

    db.orders.update(order.id, { status: "shipped" });
    await kit.advance("4s");
    expect(db.users.all()).toEqual([]);
  });
});
