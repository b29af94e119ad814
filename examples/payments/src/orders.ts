// A stand-in for the app's table of orders.

export interface Order {
  readonly id: number;
  readonly card: string;
  readonly cents: number;
  /** The provider's charge, once it is paid. */
  readonly chargeId: string | null;
}

export class Orders {
  readonly #rows = new Map<number, Order>();

  async add(order: Omit<Order, "chargeId">): Promise<void> {
    this.#rows.set(order.id, { ...order, chargeId: null });
  }

  async get(id: number): Promise<Order> {
    const order = this.#rows.get(id);
    if (order === undefined) throw new Error(`there is no order ${id}`);
    return order;
  }

  async markPaid(id: number, chargeId: string): Promise<void> {
    this.#rows.set(id, { ...(await this.get(id)), chargeId });
  }

  all(): readonly Order[] {
    return [...this.#rows.values()];
  }

  clear(): void {
    this.#rows.clear();
  }
}
