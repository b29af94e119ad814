// The leases of all claims, by the instant at which they are over.

import { SortedQueue } from "../../job/sorted-queue.ts";
import type { Lease, Row } from "./row.ts";

/** Where a page of expired claims goes on: after this one. */
export interface LeasePlace {
  readonly until: number;
  readonly seq: number;
}

/** A lease never changes: to lengthen it is to give a new one, and the row says which of its leases counts. */
export class Leases {
  readonly #queue = new SortedQueue<Lease>(
    (a, b) => a.until - b.until || a.row.seq - b.row.seq,
    (lease) => lease.row.lease === lease,
  );

  hold(row: Row, workerId: string, until: number): void {
    const lease = { row, workerId, until };
    row.lease = lease;
    this.#queue.push(lease);
  }

  /** Or shorten, when the new end is before the old one. */
  lengthen(row: Row, until: number): void {
    if (row.lease === null) return;
    const { workerId } = row.lease;
    this.letGo(row);
    this.hold(row, workerId, until);
  }

  letGo(row: Row): void {
    if (row.lease === null) return;
    row.lease = null;
    this.#queue.discard();
  }

  /** The earliest instant at which a lease is over, or null. */
  earliestEnd(): number | null {
    return this.#queue.peek()?.until ?? null;
  }

  /** Rows whose lease is over, earliest first, then by seq. */
  expired(now: number, limit: number, after: LeasePlace | undefined): readonly Row[] {
    const found: Row[] = [];
    const first = this.#queue.peek();
    if (first === undefined || first.until > now) return found;
    for (const { until, row } of this.#queue) {
      if (until > now || found.length >= limit) break;
      const isAfter = after === undefined || until > after.until || (until === after.until && row.seq > after.seq);
      if (isAfter) found.push(row);
    }
    return found;
  }
}
