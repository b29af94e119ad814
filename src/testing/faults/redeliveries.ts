// Delivers a job again whose worker died: as production does, and at no cost to the job's retries.

import { WorkerLostError } from "../../engine/rescue.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { Claim } from "../../job/record.ts";
import type { JobStore } from "../../store/job-store.ts";
import type { KitCore } from "../kit-core.ts";

/**
 * Takes claims back as a rescue does (R25): the attempt is spent, so that the next one has the next number, and a job that
 * goes by the number is seen to do so. A job would fail for good by such harm alone, so each claim that comes out of
 * `store` may have as many attempts more as the job was delivered again: R20 is decided as ever, and the row is not
 * touched.
 */
export class Redeliveries {
  /** The store that it was given, but for the `maxRetries` of the claims. */
  readonly store: JobStore;
  readonly #inner: JobStore;
  readonly #past: Pick<JobStore, "settle">;
  /** By the job's id: the numbers of the attempts that were taken away from it. */
  readonly #taken = new Map<string, Set<number>>();

  /** `past` is the store without its faults, where it may have some. */
  constructor(inner: JobStore, past: Pick<JobStore, "settle"> = inner) {
    this.#inner = inner;
    this.#past = past;
    this.store = this.#view();
  }

  /** Puts `store` in the place of a kit's store. */
  static of(core: KitCore, past?: Pick<JobStore, "settle">): Redeliveries {
    const redeliveries = new Redeliveries(core.engine.store, past);
    const engine = core.engine as { store: JobStore }; // `as`: read-only to the steps, which ask for it each time
    engine.store = redeliveries.store;
    return redeliveries;
  }

  /** The job is due again at `runAt`, which is now unless given. Returns: `"lost"` where the claim held it no more; nothing is changed then. */
  async redeliver(claim: Claim, now: Date, runAt: Date = now): Promise<"settled" | "lost"> {
    const taken = this.#taken.get(claim.id) ?? new Set();
    this.#taken.set(claim.id, taken);
    const isFirst = !taken.has(claim.attempts);
    taken.add(claim.attempts); // Before the job is to be had: somebody may claim it before the answer is here.
    const error = failureMessage(new WorkerLostError());
    const answer = await this.#past.settle(claim, { type: "retry", runAt, error }, { now });
    if (answer === "lost" && isFirst) taken.delete(claim.attempts);
    return answer;
  }

  /** Lets a claim be lost at no cost: the rescue that is to come decides by as many attempts more. */
  forgive({ id, attempts }: Claim): void {
    const taken = this.#taken.get(id) ?? new Set();
    this.#taken.set(id, taken.add(attempts));
  }

  /** Takes a forgiveness back, as the claim was not lost after all. */
  charge({ id, attempts }: Claim): void {
    this.#taken.get(id)?.delete(attempts);
  }

  #view(): JobStore {
    const claim: JobStore["claim"] = async (request) => {
      const claims = await this.#inner.claim(request);
      for (const { id, attempts } of claims) this.#forgetFrom(id, attempts);
      return claims.map((one) => this.#forgiven(one, one.attempts - 1));
    };
    const expired: JobStore["expired"] = async (request) => {
      const claims = await this.#inner.expired(request);
      return claims.map((one) => this.#forgiven(one, one.attempts));
    };
    return new Proxy<JobStore>(this.#inner, {
      get(target, property) {
        if (property === "claim") return claim;
        if (property === "expired") return expired;
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }

  /** Attempts that come again were given back by a retry by hand (R28), and with them what was taken of them. */
  #forgetFrom(id: string, attempt: number): void {
    const taken = this.#taken.get(id);
    for (const one of taken ?? []) if (one >= attempt) taken?.delete(one);
  }

  #forgiven(claim: Claim, last: number): Claim {
    let more = 0;
    for (const attempt of this.#taken.get(claim.id) ?? []) if (attempt <= last) more++;
    return more === 0 ? claim : { ...claim, maxRetries: claim.maxRetries + more };
  }
}
