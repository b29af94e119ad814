// The rows of a memory store and everything that finds them. Each method is one step of a job, complete and at once.

import type { ClaimKey } from "../job-store.ts";
import { Leases } from "./leases.ts";
import { Queues } from "./queues.ts";
import { type Lease, pendingAgain, type Row } from "./row.ts";
import { SeqList } from "./seq-list.ts";
import { UniqueKeys } from "./unique-keys.ts";

/** What a step writes is the table "What each step writes" of docs/semantics.md, line by line. */
export class JobTable {
  /** For reading; the steps below write. */
  readonly queues: Queues = new Queues();
  readonly leases: Leases = new Leases();
  readonly bySeq: SeqList = new SeqList();
  /** Every row up to `#indexedSeq`; the later ones are entered when one is looked for, which most never are. */
  readonly #byId = new Map<string, Row>();
  #indexedSeq = 0;
  readonly #keys = new UniqueKeys();
  #lastSeq = 0;
  /** No stored id is greater, as text. */
  #greatestId = "";

  nextSeq(): number {
    return ++this.#lastSeq;
  }

  find(id: string): Row | undefined {
    const { lastSeq } = this.bySeq;
    if (lastSeq > this.#indexedSeq) {
      for (const row of this.bySeq.after(this.#indexedSeq)) this.#byId.set(row.id, row);
      this.#indexedSeq = lastSeq;
    }
    return this.#byId.get(id);
  }

  /** Whether no row can have this id, or none has. Ids that are made come in order, which saves the look. */
  isFreeId(id: string): boolean {
    return id > this.#greatestId || this.find(id) === undefined;
  }

  /** The live row that holds a unique key. */
  holderOf(uniqueKey: string): Row | undefined {
    const id = this.#keys.holderOf(uniqueKey);
    return id === undefined ? undefined : this.find(id);
  }

  /** By what a claim still holds its row: same job, same token, same worker, not settled since. */
  held(claim: ClaimKey): Lease | undefined {
    const row = this.bySeq.find(claim.seq); // Faster than by id where there are a million.
    if (row === undefined || row.lease === null) return undefined;
    const holds = row.id === claim.id && row.token === claim.token && row.lease.workerId === claim.lockedBy;
    return holds ? row.lease : undefined;
  }

  add(row: Row): void {
    if (row.seq <= this.#indexedSeq) this.#byId.set(row.id, row); // A transaction's, that committed late.
    if (row.id > this.#greatestId) this.#greatestId = row.id;
    this.bySeq.add(row);
    this.queues.enter(row);
    this.#keys.take(row);
  }

  /** Deletes a row. */
  drop(row: Row): void {
    this.queues.move(row, "gone");
    this.leases.letGo(row);
    this.#keys.giveUp(row);
    if (row.seq <= this.#indexedSeq) this.#byId.delete(row.id);
    this.bySeq.discard();
    row.data = ""; // The row may stay in a list for a while; its data, which may be large, need not.
  }

  claim(row: Row, by: { readonly workerId: string; readonly now: number; readonly until: number }): void {
    this.queues.move(row, "processing");
    this.leases.hold(row, by.workerId, by.until);
    if (row.uniqueWhile === "pending") this.#keys.giveUp(row);
    row.tokens++;
    row.token = `${row.seq}:${row.tokens}`;
    row.attempts++;
    row.startedAt = by.now;
    row.updatedAt = by.now;
    row.progress = null;
  }

  extend(row: Row, until: number, now: number): void {
    this.leases.lengthen(row, until);
    row.updatedAt = now;
  }

  /** Completed or failed. */
  end(row: Row, status: "completed" | "failed", now: number): void {
    this.queues.move(row, status);
    this.leases.letGo(row);
    this.#keys.giveUp(row);
    row.endedAt = now;
    row.updatedAt = now;
  }

  retry(row: Row, runAt: number, error: string, now: number): void {
    const again = pendingAgain(row, runAt, now);
    again.attempts = row.attempts;
    again.lastError = error;
    again.startedAt = row.startedAt;
    again.progress = row.progress;
    again.token = row.token;
    this.#replace(row, again);
  }

  release(row: Row, now: number): void {
    const again = pendingAgain(row, row.runAt, now);
    again.attempts = row.attempts - 1;
    again.lastError = row.lastError;
    again.token = row.token;
    this.#replace(row, again);
  }

  /** Nothing of its attempts stays, the token of the last claim neither: settling that one again would mean nothing. */
  retryByHand(row: Row, now: number): void {
    const again = pendingAgain(row, now, now);
    this.#replace(row, again);
    if (retakesKey(row)) this.#keys.take(again);
  }

  #replace(row: Row, again: Row): void {
    this.queues.enter(again); // before the old one leaves: an empty queue is forgotten
    this.queues.move(row, "gone");
    this.leases.letGo(row);
    if (again.seq <= this.#indexedSeq) this.#byId.set(again.id, again);
    this.bySeq.replace(again);
  }
}

/** A key that was given up at the claim is given up for good (R8). */
export function retakesKey(row: Row): row is Row & { readonly uniqueKey: string } {
  return row.uniqueKey !== null && row.uniqueWhile === "live";
}
