// Looking after the queue over HTTP.

import { describe, expect } from "vitest";
import { PackOrderJob, SendTipEmailJob, SendWelcomeEmailJob } from "../src/jobs/index.ts";
import { it as shopIt } from "./support/test.ts";

interface Fixtures {
  readonly admin: (method: string, path: string) => Promise<{ status: number; body: unknown }>;
  /** Of somebody to send mail to. */
  readonly userId: number;
}

const it = shopIt.extend<Fixtures>({
  admin: async ({ shop: { app } }, use) =>
    use(async (method, path) => {
      const response = await app.request(`/admin${path}`, { method, headers: { authorization: "Bearer secret" } });
      return { status: response.status, body: response.status === 204 ? null : await response.json() };
    }),
  userId: async ({ make, shop: { db } }, use) => use((await db.users.create(make.user())).id),
});

describe("the admin", () => {
  it("needs the token", async ({ shop: { app } }) => {
    expect((await app.request("/admin/status")).status).toBe(401);
  });

  it("drains a queue, up to a limit", async ({ admin, kit, userId }) => {
    await SendWelcomeEmailJob.enqueue({ userId });
    await SendWelcomeEmailJob.enqueue({ userId });
    await PackOrderJob.enqueue({ orderId: 1 });

    const { body } = await admin("POST", "/process?queue=mail&limit=1");

    expect(body).toEqual({ processed: 1, failed: 0, skipped: 0, errors: [] });
    expect(await kit.pending()).toHaveLength(2);
  });

  it("is told which jobs of a drain threw", async ({ admin, kit }) => {
    const { id } = await SendWelcomeEmailJob.enqueue({ userId: 404 }, { maxRetries: 1 });

    kit.expectFailure(SendWelcomeEmailJob, "no user 404");
    const { body } = await admin("POST", "/process");

    const errors = [`Job ${id} (SendWelcomeEmailJob): There is no user 404.`];
    expect(body).toEqual({ processed: 0, failed: 1, skipped: 0, errors });
  });

  it("sees how many jobs each queue has", async ({ admin, kit, userId }) => {
    await SendWelcomeEmailJob.enqueue({ userId });
    await kit.drain();
    await SendTipEmailJob.enqueueIn("7d", { userId, tip: 1 });
    await PackOrderJob.enqueue({ orderId: 1 });

    expect((await admin("GET", "/status")).body).toEqual({
      queues: {
        mail: { pending: 1, processing: 0, completed: 1, failed: 0, total: 2 },
        orders: { pending: 1, processing: 0, completed: 0, failed: 0, total: 1 },
      },
      totals: { pending: 2, processing: 0, completed: 1, failed: 0, total: 3 },
    });
  });

  it("sees how the last minutes went", async ({ admin, kit, userId }) => {
    await SendWelcomeEmailJob.enqueue({ userId });
    await kit.drain();
    await kit.advance("30m");
    kit.stub(PackOrderJob, { fails: Number.POSITIVE_INFINITY });
    await PackOrderJob.enqueue({ orderId: 1 }, { maxRetries: 1 });
    await kit.drain({ failures: "collect" });

    expect((await admin("GET", "/metrics")).body).toMatchObject({ completed: 1, failed: 1, errorRate: 0.5 });
    expect((await admin("GET", "/metrics?minutes=10")).body).toMatchObject({ completed: 0, failed: 1, errorRate: 1 });
    expect((await admin("GET", "/metrics?queue=mail")).body).toMatchObject({ completed: 1, failed: 0 });
  });

  it("lists jobs, newest first", async ({ admin, kit, userId }) => {
    await SendWelcomeEmailJob.enqueue({ userId });
    await PackOrderJob.enqueue({ orderId: 1 });

    expect((await admin("GET", "/jobs")).body).toMatchObject([{ jobClass: "PackOrderJob" }, { queue: "mail" }]);
    expect((await admin("GET", "/jobs?queue=mail&status=pending")).body).toMatchObject([{ data: { userId } }]);
    expect((await admin("GET", "/jobs?status=lost")).status).toBe(400);
    await expect(kit).toHavePending(PackOrderJob);
  });

  it("retries one failed job, or all of a queue", async ({ admin, kit }) => {
    const warehouseIsBack = kit.stub(PackOrderJob, { fails: Number.POSITIVE_INFINITY });
    const jobs = await Promise.all([1, 2, 3].map((orderId) => PackOrderJob.enqueue({ orderId }, { maxRetries: 1 })));
    await kit.drain({ failures: "collect" });
    warehouseIsBack();

    const { body } = await admin("POST", `/jobs/${jobs[1]?.id}/retry`);
    expect(body).toMatchObject({ status: "pending", attempts: 0, lastError: null });
    expect((await admin("POST", "/jobs/retry?queue=mail")).body).toEqual({ retried: 0 });
    expect((await admin("POST", "/jobs/retry?queue=orders")).body).toEqual({ retried: 2 });

    expect(await kit.drain()).toMatchObject({ completed: 3 });
  });

  it("cannot retry or cancel what is not there, or not so", async ({ admin, kit, userId }) => {
    const { id } = await SendWelcomeEmailJob.enqueue({ userId });

    expect((await admin("POST", "/jobs/nobody/retry")).status).toBe(404);
    expect(await admin("POST", `/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { error: /pending/ } });
    await kit.drain();
    expect((await admin("DELETE", `/jobs/${id}`)).status).toBe(409);
  });

  it("cancels a job that waits", async ({ admin, kit, userId }) => {
    const { id } = await SendTipEmailJob.enqueueIn("7d", { userId, tip: 1 });

    expect((await admin("DELETE", `/jobs/${id}`)).status).toBe(204);

    expect(await kit.jobs.find(id)).toBeNull();
  });

  it("purges what has been done for longer than some days", async ({ admin, kit, userId }) => {
    await SendWelcomeEmailJob.enqueue({ userId });
    await kit.drain();
    await kit.advance("8d");
    await SendWelcomeEmailJob.enqueue({ userId });
    await kit.drain();

    expect((await admin("DELETE", "/jobs?days=9")).body).toEqual({ purged: 0 });
    expect((await admin("DELETE", "/jobs?days=7&status=failed")).body).toEqual({ purged: 0 });
    expect((await admin("DELETE", "/jobs")).body).toEqual({ purged: 1 });
    expect((await admin("DELETE", "/jobs?days=soon")).status).toBe(400);
  });
});
