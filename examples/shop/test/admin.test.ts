// Looking after the queue over HTTP.

import { beforeEach, describe, expect, it } from "vitest";
import { PackOrderJob, SendTipEmailJob, SendWelcomeEmailJob } from "../src/jobs/index.ts";
import { type Factories, factories } from "./support/factories.ts";
import { openTestShop } from "./support/open-test-shop.ts";

let make: Factories;
beforeEach(async () => {
  make = await factories();
});

async function openAdminShop() {
  const shop = await openTestShop();
  const { id: userId } = await shop.db.users.create(make.user());
  const admin = async (method: string, path: string) => {
    const response = await shop.app.request(`/admin${path}`, { method, headers: { authorization: "Bearer secret" } });
    return { status: response.status, body: response.status === 204 ? null : await response.json() };
  };
  return { ...shop, admin, userId };
}

describe("the admin", () => {
  it("needs the token", async () => {
    const { app } = await openTestShop();

    expect((await app.request("/admin/status")).status).toBe(401);
  });

  it("drains a queue, up to a limit", async () => {
    const { admin, kit, userId } = await openAdminShop();
    await SendWelcomeEmailJob.enqueue({ userId });
    await SendWelcomeEmailJob.enqueue({ userId });
    await PackOrderJob.enqueue({ orderId: 1 });

    const { body } = await admin("POST", "/process?queue=mail&limit=1");

    expect(body).toEqual({ processed: 1, failed: 0, skipped: 0, errors: [] });
    expect(await kit.pending()).toHaveLength(2);
  });

  it("is told which jobs of a drain threw", async () => {
    const { admin } = await openAdminShop();
    const { id } = await SendWelcomeEmailJob.enqueue({ userId: 404 });

    const { body } = await admin("POST", "/process");

    const errors = [`Job ${id} (SendWelcomeEmailJob): There is no user 404.`];
    expect(body).toEqual({ processed: 0, failed: 1, skipped: 0, errors });
  });

  it("sees how many jobs each queue has", async () => {
    const { admin, kit, userId } = await openAdminShop();
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

  it("sees how the last minutes went", async () => {
    const { admin, kit, userId } = await openAdminShop();
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

  it("lists jobs, newest first", async () => {
    const { admin, userId } = await openAdminShop();
    await SendWelcomeEmailJob.enqueue({ userId });
    await PackOrderJob.enqueue({ orderId: 1 });

    expect((await admin("GET", "/jobs")).body).toMatchObject([{ jobClass: "PackOrderJob" }, { queue: "mail" }]);
    expect((await admin("GET", "/jobs?queue=mail&status=pending")).body).toMatchObject([{ data: { userId } }]);
    expect((await admin("GET", "/jobs?status=lost")).status).toBe(400);
  });

  it("retries one failed job, or all of a queue", async () => {
    const { admin, kit } = await openAdminShop();
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

  it("cannot retry or cancel what is not there, or not so", async () => {
    const { admin, kit, userId } = await openAdminShop();
    const { id } = await SendWelcomeEmailJob.enqueue({ userId });

    expect((await admin("POST", "/jobs/nobody/retry")).status).toBe(404);
    expect(await admin("POST", `/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { error: /pending/ } });
    await kit.drain();
    expect((await admin("DELETE", `/jobs/${id}`)).status).toBe(409);
  });

  it("cancels a job that waits", async () => {
    const { admin, kit, userId } = await openAdminShop();
    const { id } = await SendTipEmailJob.enqueueIn("7d", { userId, tip: 1 });

    expect((await admin("DELETE", `/jobs/${id}`)).status).toBe(204);

    expect(await kit.jobs.find(id)).toBeNull();
  });

  it("purges what has been done for longer than some days", async () => {
    const { admin, kit, userId } = await openAdminShop();
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
