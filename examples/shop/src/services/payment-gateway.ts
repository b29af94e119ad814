// A stand-in for a payment provider, with the habits of real ones: it can be away, and it can charge a card and lose the
// answer on the way back. So each charge carries an idempotency key, and the same key is never charged twice.

export interface ChargeRequest {
  readonly idempotencyKey: string;
  readonly card: string;
  /** Cents. */
  readonly amount: number;
}

export interface Charge extends ChargeRequest {
  readonly id: string;
}

/** What goes wrong with the next calls: before the card is charged, or after. */
export type Trouble = "away" | "answer lost";

export class PaymentGateway {
  readonly #charges = new Map<string, Charge>();
  readonly troubles: Trouble[] = [];

  /** Throws: GatewayError, worth another try; CardDeclinedError, which is not. */
  async charge(request: ChargeRequest): Promise<Charge> {
    const trouble = this.troubles.shift();
    if (trouble === "away") throw new GatewayError("the gateway answered 503");
    if (request.card === DECLINED_CARD) throw new CardDeclinedError();
    const { idempotencyKey } = request;
    const charge = this.#charges.get(idempotencyKey) ?? { ...request, id: `ch_${this.#charges.size + 1}` };
    this.#charges.set(idempotencyKey, charge);
    if (trouble === "answer lost") throw new GatewayError("the gateway hung up");
    return charge;
  }

  /** What the customers' banks have seen. */
  get charges(): readonly Charge[] {
    return [...this.#charges.values()];
  }
}

/** The test card that is always declined. */
export const DECLINED_CARD = "tok_declined";

export class GatewayError extends Error {
  override readonly name = "GatewayError";
}

export class CardDeclinedError extends Error {
  override readonly name = "CardDeclinedError";

  constructor() {
    super("the card was declined");
  }
}
