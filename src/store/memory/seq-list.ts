// All rows in the order of their seq, for listings.

import type { Row } from "./row.ts";

/** Rows that are gone stay as holes until they are half of the list. */
export class SeqList {
  #rows: Row[] = [];
  #gone = 0;

  /** No row in here has a higher seq; 0 where there is none. */
  get lastSeq(): number {
    return this.#rows[this.#rows.length - 1]?.seq ?? 0;
  }

  find(seq: number): Row | undefined {
    const row = this.#rows[this.#indexOf(seq)];
    return row?.seq === seq && row.status !== "gone" ? row : undefined;
  }

  /** Mostly at the end; a transaction that commits late brings rows of a lower seq. */
  add(row: Row): void {
    const last = this.#rows[this.#rows.length - 1];
    if (last === undefined || last.seq < row.seq) this.#rows.push(row);
    else this.#rows.splice(this.#indexOf(row.seq), 0, row);
  }

  /** Puts a new object in the place of the one with its seq. */
  replace(row: Row): void {
    this.#rows[this.#indexOf(row.seq)] = row;
  }

  /** Says that a row in here is gone. */
  discard(): void {
    this.#gone++;
    if (this.#gone <= 64 || this.#gone * 2 <= this.#rows.length) return;
    this.#rows = this.#rows.filter((row) => row.status !== "gone");
    this.#gone = 0;
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    for (const row of this.#rows) if (row.status !== "gone") yield row;
  }

  /** Those with a higher seq than `seq`, oldest first. */
  *after(seq: number): Generator<Row, void, undefined> {
    for (let at = this.#indexOf(seq + 1); at < this.#rows.length; at++) {
      const row = this.#rows[at] as Row; // `as`: at is inside
      if (row.status !== "gone") yield row;
    }
  }

  /** Those with a lower seq than `beforeSeq`. */
  *newestFirst(beforeSeq: number): Generator<Row, void, undefined> {
    for (let at = this.#indexOf(beforeSeq) - 1; at >= 0; at--) {
      const row = this.#rows[at] as Row; // `as`: at is inside
      if (row.status !== "gone") yield row;
    }
  }

  /** Where the row with this seq is, or belongs. */
  #indexOf(seq: number): number {
    const guess = seq - (this.#rows[0]?.seq ?? 0);
    if (this.#rows[guess]?.seq === seq) return guess; // As long as nothing was swept out, which is always for most.
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rows[middle] as Row).seq < seq)
        low = middle + 1; // `as`: middle < length
      else high = middle;
    }
    return low;
  }
}
