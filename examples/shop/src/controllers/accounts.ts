// Signing up, forgetting one's password, leaving and coming back.

import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as v from "valibot";
import {
  EraseAccountJob,
  SendFollowUpEmailJob,
  SendPasswordResetJob,
  SendTipEmailJob,
  SendWelcomeEmailJob,
} from "../jobs/index.ts";
import type { Shop } from "../shop.ts";

const SignUp = v.object({ name: v.pipe(v.string(), v.minLength(1)), email: v.pipe(v.string(), v.email()) });
const Forgotten = v.object({ email: v.pipe(v.string(), v.email()) });

const RESET_LINK_MS = 3_600_000;

export function accounts({ jobs, services: { db } }: Shop): Hono {
  const routes = new Hono();

  routes.post("/users", async (c) => {
    const { name, email } = v.parse(SignUp, await c.req.json());
    const user = await db.users.create({ name, email, status: "active", tipsSent: 0 });
    const data = { userId: user.id };
    await SendWelcomeEmailJob.enqueue(data);
    await SendFollowUpEmailJob.enqueueIn(300, data);
    await SendTipEmailJob.enqueueAt(tomorrowAt(9, jobs.now()), { ...data, tip: 1 });
    return c.json(user, 201);
  });

  routes.post("/password-resets", async (c) => {
    const { email } = v.parse(Forgotten, await c.req.json());
    const user = db.users.find((each) => each.email === email);
    if (user !== undefined) {
      const expiresAt = new Date(jobs.now().getTime() + RESET_LINK_MS).toISOString();
      // However often the impatient click: while one mail is on its way, no second one is enqueued.
      await SendPasswordResetJob.enqueue(
        { userId: user.id, token: randomUUID(), expiresAt },
        { uniqueKey: `password-reset:${user.id}` },
      );
    }
    // The same answer for everybody, so that nobody learns who has an account.
    return c.json({ message: "If there is an account, the mail is on its way." }, 202);
  });

  routes.delete("/users/:id", async (c) => {
    const user = db.users.update(Number(c.req.param("id")), { status: "closed" });
    const erasing = await EraseAccountJob.enqueueIn("90d", { userId: user.id }, { uniqueKey: `erase:${user.id}` });
    return c.json({ erasedOn: erasing.runAt }, 202);
  });

  routes.post("/users/:id/reopen", async (c) => {
    const user = db.users.update(Number(c.req.param("id")), { status: "active" });
    const [erasing] = await jobs.list({ uniqueKey: `erase:${user.id}`, status: "pending" });
    if (erasing !== undefined) await jobs.cancel(erasing.id);
    return c.json(user);
  });

  return routes;
}

/** The next day at a full hour, in UTC. */
export function tomorrowAt(hour: number, now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1, hour));
}
