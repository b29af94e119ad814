// What a kit tells of an app's own transactions: the same on the memory store, which began them, and on a database, whose
// client did (R9).

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit, expectEnqueued, type TestKit } from "wheelwright/testing";
import { type Connection, connectForNow } from "../../examples/shop/src/connection.ts";
import { NOON, rejection } from "./a-kit.ts";

const Mail = defineJob<{ to: string }>("MailJob", {}, () => undefined);
const given = process.env.WHEELWRIGHT_STORE;
const STORES = ["memory:", "sqlite::memory:", ...(given === undefined || given.startsWith("sqlite:") ? [] : [given])];

describe.each(STORES)("a transaction of the app's, on %s", (url) => {
  let connection: Connection & AsyncDisposable;
  let kit: TestKit;

  beforeEach(async () => {
    connection = await connectForNow(url);
    await connection.store.setup(); // Made in a transaction, the table would be gone with it.
    kit = await createTestKit({ jobs: [Mail], store: connection.store, now: NOON, leftovers: "ignore" });
  });

  afterEach(async () => {
    await kit.dispose();
    await connection[Symbol.asyncDispose]();
  });

  async function rolledBack(...names: readonly string[]): Promise<void> {
    const work = connection.transaction(async (transaction) => {
      for (const to of names) await kit.run(() => Mail.enqueue({ to }, { transaction }));
      throw new Error("second thoughts");
    });
    await expect(work).rejects.toThrow("second thoughts");
  }

  it("R9 leaves no line in the timeline when it is rolled back, and takes no number", async () => {
    await kit.run(() => Mail.enqueue({ to: "ada" }));
    await rolledBack("bob", "carol");
    await connection.transaction(async (transaction) => {
      await kit.run(() => Mail.enqueue({ to: "dora" }, { transaction }));
    });

    await kit.drain();

    expect(kit.timeline()).toMatchInlineSnapshot(`
      "+0s  + #1 MailJob  enqueued
           + #2 MailJob  enqueued
           ✓ #1 MailJob  completed
           ✓ #2 MailJob  completed"
    `);
  });

  it("R9 is told of by a failed assertion", async () => {
    await rolledBack("ada");

    const error = await rejection(expectEnqueued(kit, Mail, { to: "ada" }));

    expect(error.message).toMatch(/1 MailJob was enqueued in a transaction that was rolled back/);
    expect(kit.timeline()).toBe("nothing happened");
  });

  it("R9 is looked back on when the kit is disposed", async () => {
    await rolledBack("ada");

    await kit.dispose();

    expect(kit.timeline()).toBe("nothing happened");
  });
});
