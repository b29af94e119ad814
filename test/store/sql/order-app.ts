// An app that stores an order and enqueues its job in one transaction (R9): the same tests for every library.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJobs, Job, type JobStore, type Jobs } from "wheelwright";

const ran: number[] = [];
/** Of the order; those above it are for more jobs. */
let id = 0;

export class ShipOrderJob extends Job<{ orderId: number }> {
  override perform({ orderId }: { orderId: number }): void {
    ran.push(orderId);
  }
}

/** What comes last in the app's transaction, and may fail. */
export type Charge = (orderId: number, transaction: unknown) => Promise<void> | void;

export interface OrderApp {
  /** In one transaction: the order, its job, and at last the charge. */
  place(orderId: number, jobs: Jobs, charge: Charge): Promise<void>;
  orders(): Promise<readonly number[]>;
  /** Ends the connection that holds the transaction, as a crash would. */
  kill(): Promise<void> | void;
  readonly store: JobStore;
  close(): Promise<void> | void;
}

/** `awaits`: whether the library's transaction function may await. */
export function describeOrderApp(name: string, open: () => Promise<OrderApp>, awaits = true): void {
  describe(`an order and its job in a transaction of ${name}`, () => {
    let app: OrderApp;
    let jobs: Jobs;
    beforeAll(async () => {
      app = await open();
      jobs = createJobs({ store: app.store, jobs: [ShipOrderJob] });
      await jobs.setup();
    });
    beforeEach(() => {
      ran.length = 0;
      id += 10;
    });
    afterAll(async () => {
      await jobs.close();
      await app.close();
    });

    it("R9 are there, and the job can run, once it has committed", async () => {
      await app.place(id, jobs, () => {});

      expect(await app.orders()).toContain(id);
      expect((await jobs.processQueue()).processed).toBe(1);
      expect(ran).toEqual([id]);
    });

    it("R9 are gone when it has been rolled back", async () => {
      const declined = () => {
        throw new RangeError("declined");
      };

      await expect(app.place(id, jobs, declined)).rejects.toThrow("declined");

      expect(await app.orders()).not.toContain(id);
      expect(await jobs.list({ status: "pending" })).toEqual([]);
    });

    it.runIf(awaits)("R8 R10 keys, ids and lists are told apart there, and leave it able to commit", async () => {
      const charge: Charge = async (orderId, transaction) => {
        const options = { transaction, uniqueKey: `order-${orderId}` };
        const first = await jobs.enqueue(ShipOrderJob, { orderId: orderId + 1 }, options);
        const again = await jobs.enqueue(ShipOrderJob, { orderId: orderId + 2 }, options);
        expect([again.id, again.deduplicated]).toEqual([first.id, true]);
        const more = [3, 4].map((n) => [ShipOrderJob, { orderId: orderId + n }] as const);
        const list = await jobs.enqueueMany([...more, [ShipOrderJob, { orderId: 0 }, { id: first.id }]], {
          transaction,
        });
        expect(list.map(({ deduplicated }) => deduplicated)).toEqual([false, false, true]);
        expect(list[1]?.seq).toBeGreaterThan(list[0]?.seq ?? 0);
      };

      await app.place(id, jobs, charge);
      await jobs.processQueue();

      expect(ran).toEqual([id, id + 1, id + 3, id + 4]);
    });

    it("R9 are gone when its connection dies before the commit", async () => {
      await expect(app.place(id, jobs, () => app.kill())).rejects.toThrow();

      expect(await app.orders()).not.toContain(id);
      expect(await jobs.list({ status: "pending" })).toEqual([]);
    });
  });
}
