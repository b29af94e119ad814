// The usual mistakes of a job that charges, and their mended forms, with the world that they change.

import { defineJob, type JobContext } from "wheelwright";

interface Order {
  readonly orderId: number;
  readonly cents: number;
}

/** A payment provider. With a key it answers the second call as it did the first. */
export class Gateway {
  readonly charges: number[] = [];
  readonly #byKey = new Set<string>();

  async charge(cents: number, key?: string): Promise<void> {
    if (key !== undefined && this.#byKey.has(key)) return;
    if (key !== undefined) this.#byKey.add(key);
    this.charges.push(cents);
  }

  clear(): void {
    this.charges.length = 0;
    this.#byKey.clear();
  }
}

/** A table of the app's. */
export class Ledger {
  readonly paid = new Set<number>();

  async isPaid(orderId: number): Promise<boolean> {
    return this.paid.has(orderId);
  }

  async mark(orderId: number): Promise<void> {
    this.paid.add(orderId);
  }
}

export function aWorld() {
  const gateway = new Gateway();
  const ledger = new Ledger();
  return {
    gateway,
    ledger,
    reset: () => {
      gateway.clear();
      ledger.paid.clear();
    },
    observe: () => ({ charges: [...gateway.charges], paid: [...ledger.paid] }),
  };
}

type Pay = (order: Order, world: ReturnType<typeof aWorld>, context: JobContext) => Promise<void>;

const mistakes = {
  /** Charge, then mark; nobody looks. */
  "charge twice": async ({ orderId, cents }, { gateway, ledger }) => {
    await gateway.charge(cents);
    await ledger.mark(orderId);
  },
  "check, charge, mark": async ({ orderId, cents }, { gateway, ledger }) => {
    if (await ledger.isPaid(orderId)) return;
    await gateway.charge(cents);
    await ledger.mark(orderId);
  },
  "mark, then charge": async ({ orderId, cents }, { gateway, ledger }) => {
    if (await ledger.isPaid(orderId)) return;
    await ledger.mark(orderId);
    await gateway.charge(cents);
  },
} satisfies Record<string, Pay>;

const mended = {
  "charge twice": async ({ orderId, cents }, { gateway, ledger }, { job }) => {
    await gateway.charge(cents, job.id);
    await ledger.mark(orderId);
  },
  "check, charge, mark": async ({ orderId, cents }, { gateway, ledger }, { job }) => {
    if (await ledger.isPaid(orderId)) return;
    await gateway.charge(cents, job.id);
    await ledger.mark(orderId);
  },
  "mark, then charge": async ({ orderId, cents }, { gateway, ledger }, { job }) => {
    await gateway.charge(cents, job.id);
    await ledger.mark(orderId);
  },
} satisfies Record<string, Pay>;

export type Mistake = keyof typeof mistakes;
export const MISTAKES = Object.keys(mistakes) as Mistake[]; // `as`: the keys of the object above

/** What to hand to checkIdempotent. */
export function aCheck(mistake: Mistake, form: "mistaken" | "mended") {
  const world = aWorld();
  const { gateway, ledger, reset, observe } = world;
  const pay: Pay = (form === "mistaken" ? mistakes : mended)[mistake];
  const chargeJob = defineJob<Order>("ChargeJob", {}, (order, context: JobContext) => pay(order, world, context));
  const enqueue = () => chargeJob.enqueue({ orderId: 7, cents: 1999 });
  return { jobs: [chargeJob], enqueue, reset, observe, effects: { gateway, ledger } };
}
