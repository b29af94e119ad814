// A shop whose job charges an order, and tells what it comes to.

import { defineJob, type JobContext } from "wheelwright";

export class Gateway {
  readonly #charged: number[] = [];
  async charge(order: number): Promise<string> {
    this.#charged.push(order);
    return `receipt ${order}`;
  }
  list(): readonly number[] {
    return [...this.#charged];
  }
}

export function aShop() {
  const gateway = new Gateway();
  const said: string[] = [];
  const chargeJob = defineJob<{ order: number }>("ChargeJob", {}, async ({ order }, context: JobContext) => {
    said.push(`starts ${context.attempt}`);
    try {
      said.push(await gateway.charge(order));
    } catch {
      said.push("caught");
    } finally {
      said.push("finally");
    }
  });
  return { gateway, said, chargeJob };
}
