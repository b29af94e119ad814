// A stand-in for a payment provider: it charges whenever it is asked, unless it knows the key it is asked with.

export interface Charge {
  readonly id: string;
  readonly card: string;
  readonly cents: number;
}

export class PaymentGateway {
  #charges: Charge[] = [];
  readonly #byKey = new Map<string, Charge>();

  /** With a key that it has seen it answers as it did then, and charges nothing. */
  async charge(request: { readonly card: string; readonly cents: number; readonly key?: string }): Promise<Charge> {
    const { card, cents, key } = request;
    const known = key === undefined ? undefined : this.#byKey.get(key);
    if (known !== undefined) return known;
    const charge = { id: `ch_${this.#charges.length + 1}`, card, cents };
    this.#charges.push(charge);
    if (key !== undefined) this.#byKey.set(key, charge);
    return charge;
  }

  /** What the customers' banks have seen. */
  charges(): readonly Charge[] {
    return this.#charges;
  }

  clear(): void {
    this.#charges = [];
    this.#byKey.clear();
  }
}
