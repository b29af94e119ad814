// A stand-in for the warehouse's own system.

export class Warehouse {
  /** Ids of the orders it has packed and sent off; told twice of one, it does so once. */
  readonly packed = new Set<number>();
  readonly shipped = new Set<number>();

  async pack(orderId: number): Promise<void> {
    this.packed.add(orderId);
  }

  async ship(orderId: number): Promise<void> {
    this.shipped.add(orderId);
  }
}
