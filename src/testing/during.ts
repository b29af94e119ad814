// What one call enqueued, whatever the set-up had enqueued before.

import type { JobRecord } from "../job/record.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";

export interface During<T> {
  /** What the function returned. */
  readonly value: T;
  /** The jobs enqueued meanwhile, as they are now; oldest first. Those of a rolled-back transaction are not among them. */
  readonly enqueued: readonly JobRecord[];
  /** Jobs that were there already when it tried to enqueue them (R7, R8). */
  readonly deduplicated: readonly JobRecord[];
  /** The kit they are in, for assertions. */
  readonly core: KitCore;
  /** What happened meanwhile, for assertions. */
  readonly events: readonly KitEvent[];
}

/** Calls `fn` and tells what the kit saw meanwhile: enqueues by a server that `fn` calls are among it. */
export async function during<T>(core: KitCore, fn: () => T | Promise<T>): Promise<During<T>> {
  await core.catchUp("run kit.during()");
  const events: KitEvent[] = [];
  const stopListening = core.journal.onEvent((_type, log, index) => void events.push(log.event(index)));
  let value: T;
  try {
    value = await fn();
    await core.catchUp("end kit.during()");
  } finally {
    stopListening();
  }
  const result = {
    value,
    enqueued: await read(core, events, "enqueued"),
    deduplicated: await read(core, events, "deduplicated"),
  };
  // Not enumerable: the result prints as what it tells.
  return Object.defineProperties(result, { core: { value: core }, events: { value: events } }) as During<T>; // `as`: defineProperties forgets what it adds
}

async function read(
  core: KitCore,
  events: readonly { type: string; jobId: string }[],
  type: string,
): Promise<readonly JobRecord[]> {
  const ids = new Set(events.filter((event) => event.type === type).map((event) => event.jobId));
  const records: JobRecord[] = [];
  for (const id of ids) {
    const record = await core.engine.store.get(id);
    if (record !== null) records.push(record);
  }
  return records;
}
