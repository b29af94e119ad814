// What is kept per queue: how many of its jobs stand where, and the view of those that are pending.

import type { JobStatus } from "../../job/record.ts";
import { compareClaimOrder } from "../claim-order.ts";
import type { StatusCounts } from "../job-store.ts";
import type { Row } from "./row.ts";
import { View } from "./view.ts";

interface Queue {
  readonly counts: { -readonly [Status in JobStatus]: number };
  /** Made when the queue is first asked for by name: many apps never do. */
  view: View | null;
}

/**
 * A pending row is in the view of all queues, and in its queue's where there is one. A filter of several queues looks at
 * the first row of each: a view per combination of names would cost every enqueue one more entry.
 */
export class Queues {
  readonly #byName = new Map<string, Queue>();
  readonly #all = new View();

  enter(row: Row): void {
    let queue = this.#byName.get(row.queue);
    if (queue === undefined) {
      queue = { counts: { pending: 0, processing: 0, completed: 0, failed: 0 }, view: null };
      this.#byName.set(row.queue, queue);
    }
    queue.counts[row.status as JobStatus]++; // `as`: nothing that is gone enters
    if (row.status === "pending") {
      queue.view?.add(row);
      this.#all.add(row);
    }
  }

  /** Sets a row's status. To `"pending"` there is no way: a new row enters instead (see Row.runAt). */
  move(row: Row, to: Exclude<Row["status"], "pending">): void {
    const queue = this.#byName.get(row.queue);
    if (queue === undefined || row.status === "gone") return;
    const from = row.status;
    row.status = to; // before the views are told: they may sweep at once, and ask the row
    queue.counts[from]--;
    if (to !== "gone") queue.counts[to]++;
    if (from === "pending") {
      queue.view?.discard(row);
      this.#all.discard(row);
    }
    // A queue that is asked for by name keeps its view: making it anew would look at every pending row.
    if (to === "gone" && queue.view === null && isEmpty(queue.counts)) this.#byName.delete(row.queue);
  }

  /** The row to claim first (R11), left where it is. */
  first(names: readonly string[] | undefined, now: number): Row | undefined {
    if (names === undefined) return this.#all.first(now);
    let first: Row | undefined;
    for (const name of names) {
      const row = this.#viewOf(name)?.first(now);
      if (row !== undefined && (first === undefined || compareClaimOrder(row, first) < 0)) first = row;
    }
    return first;
  }

  /** Up to `limit` rows to claim, in order, left where they are. */
  due(names: readonly string[] | undefined, now: number, limit: number): readonly Row[] {
    const found: Row[] = [];
    const views = this.#views(names);
    for (const view of views) {
      let left = limit;
      for (const row of view.due(now)) {
        if (left-- <= 0) break;
        found.push(row);
      }
    }
    return views.length < 2 ? found : found.sort(compareClaimOrder).slice(0, limit);
  }

  /** The earliest pending runAt, or null. */
  earliestRunAt(names: readonly string[] | undefined): number | null {
    let earliest = Number.POSITIVE_INFINITY;
    for (const view of this.#views(names)) earliest = Math.min(earliest, view.earliestRunAt());
    return earliest === Number.POSITIVE_INFINITY ? null : earliest;
  }

  counts(names: readonly string[] | undefined): ReadonlyMap<string, StatusCounts> {
    const found = new Map<string, StatusCounts>();
    for (const name of names ?? this.#byName.keys()) {
      const queue = this.#byName.get(name);
      if (queue !== undefined && !isEmpty(queue.counts)) found.set(name, { ...queue.counts });
    }
    return found;
  }

  #views(names: readonly string[] | undefined): readonly View[] {
    if (names === undefined) return [this.#all];
    const views: View[] = [];
    for (const name of new Set(names)) {
      const view = this.#viewOf(name);
      if (view !== undefined) views.push(view);
    }
    return views;
  }

  /** The view of a queue; undefined where it has no jobs. */
  #viewOf(name: string): View | undefined {
    const queue = this.#byName.get(name);
    if (queue === undefined || queue.view !== null) return queue?.view ?? undefined;
    const view = new View();
    for (const row of this.#all.rows()) if (row.queue === name) view.add(row);
    queue.view = view;
    return view;
  }
}

function isEmpty({ pending, processing, completed, failed }: StatusCounts): boolean {
  return pending + processing + completed + failed === 0;
}
