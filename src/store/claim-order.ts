// The order in which due jobs are claimed (R11): total, and the same on every store.

export interface Ordered {
  readonly priority: number;
  readonly runAt: number;
  readonly seq: number;
}

/** Higher priority first, then earlier runAt (milliseconds), then lower seq. */
export function compareClaimOrder(a: Ordered, b: Ordered): number {
  return b.priority - a.priority || a.runAt - b.runAt || a.seq - b.seq;
}

/** Earlier runAt first, then lower seq: the order within one priority, and of waiting. */
export function compareRunAt(a: Ordered, b: Ordered): number {
  return a.runAt - b.runAt || a.seq - b.seq;
}
