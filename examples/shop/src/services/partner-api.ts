// A stand-in for the partners' shops, which are told our prices and allow only so many calls a minute.

export const PARTNERS = ["northwind", "contoso", "fabrikam", "tailspin"] as const;

export class PartnerApi {
  /** How many products each partner knows of. */
  readonly received = new Map<string, number>();
  /** Partners that answer "later" once, and after how many seconds they ask to be called again. */
  readonly busy = new Map<string, number>();

  /** Throws: TooManyCallsError. */
  async push(partner: string, prices: Readonly<Record<string, number>>): Promise<void> {
    const seconds = this.busy.get(partner);
    this.busy.delete(partner);
    if (seconds !== undefined) throw new TooManyCallsError(partner, seconds);
    this.received.set(partner, Object.keys(prices).length);
  }
}

export class TooManyCallsError extends Error {
  override readonly name = "TooManyCallsError";
  readonly retryAfterSeconds: number;

  constructor(partner: string, retryAfterSeconds: number) {
    super(`${partner} answered 429`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
