// One of the two stores that are compared: what has been seen of it, and its answers in words that both have.

import type { Claim, JobRecord } from "../../../src/job/record.ts";
import type { JobStore } from "../../../src/store/job-store.ts";

/** A store, and how an app begins a transaction on it. */
export interface Subject {
  readonly name: string;
  readonly store: JobStore;
  readonly transaction?: (work: (transaction: unknown) => Promise<void>) => Promise<void>;
  /** Makes it a store without jobs again; left out where each run opens one of its own. */
  readonly empty?: () => Promise<unknown>;
}

export class Side {
  readonly subject: Subject;
  readonly store: JobStore;
  /** In order of their insert, those that are gone included. */
  readonly ids: string[] = [];
  /** As they were handed out, the earliest first. */
  readonly claims: Claim[] = [];
  /** All that there were after the last step, the newest first. */
  rows: readonly JobRecord[] = [];
  readonly #seqs = new Map<number, number>();
  readonly #tokens = new Map<string, number>();
  #insertedCount = 0;

  constructor(subject: Subject) {
    this.subject = subject;
    this.store = subject.store;
  }

  /** Counted back from the latest, round and round. */
  claim(index: number): Claim | undefined {
    return this.claims.at(-1 - (index % Math.max(this.claims.length, 1)));
  }

  id(index: number): string {
    return this.ids.at(-1 - (index % Math.max(this.ids.length, 1))) ?? "nobody";
  }

  remember(claims: readonly Claim[]): readonly Claim[] {
    this.claims.push(...claims);
    return claims;
  }

  /** A store may leave numbers out, and after a rollback give one again; that they ascend is what the listings show. */
  inserted(jobs: readonly { readonly id: string; readonly seq: number; readonly deduplicated: boolean }[]): void {
    for (const { id, seq, deduplicated } of jobs) {
      this.ids.push(id);
      if (!deduplicated) this.#seqs.set(seq, ++this.#insertedCount);
    }
  }

  /** An answer with `seq` and `token` as the how-manieth one has seen: what they are is each store's own affair. */
  plain(answer: unknown): unknown {
    if (answer instanceof Map) return [...answer].sort(([a], [b]) => (a < b ? -1 : 1));
    if (Array.isArray(answer)) return answer.map((each) => this.plain(each));
    if (answer === null || typeof answer !== "object" || answer instanceof Date) return answer;
    const plain: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(answer)) {
      if (key === "seq") plain[key] = this.#seqs.get(value) ?? `unknown: ${value}`;
      else if (key === "token") plain[key] = this.#ordinalOf(value);
      else plain[key] = key === "data" || key === "carried" ? value : this.plain(value);
    }
    return plain;
  }

  #ordinalOf(token: string): number {
    const ordinal = this.#tokens.get(token) ?? this.#tokens.size + 1;
    this.#tokens.set(token, ordinal);
    return ordinal;
  }
}
