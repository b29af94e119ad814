// The store of a kit: one of its own in memory, the one it was given, or a table of its own in a real database.

import { systemRandom } from "../clock/system-random.ts";
import type { JobStore } from "../store/job-store.ts";
import { MemoryJobStore } from "../store/memory/memory-job-store.ts";
import { realNowMs } from "./real-time.ts";

/** A store that keeps its jobs in a table, and can let go of it. */
interface TableStore extends JobStore {
  /** What is under way meanwhile does not make the table anew. */
  dropTableAndClose(): Promise<void>;
  /** Drops tables whose names begin so and that `isOver` says are nobody's any more. */
  dropTables(prefix: string, isOver: (table: string) => boolean): Promise<void>;
}

const PREFIX = "wheels_kit_";
const DAY_MS = 86_400_000;
/** Threads share a process's number, containers on one database the numbers themselves. */
const MINE = Math.floor(systemRandom() * 36 ** 4)
  .toString(36)
  .padStart(4, "0");
let tables = 0;
/** Databases whose left-overs this process has looked for. */
const swept = new Set<string>();

/**
 * `given`: a store, a URL, or undefined for the URL in WHEELWRIGHT_STORE and else memory. A database's table is named
 * with date and process, and is dropped when the kit closes the store, also when its test failed; those that killed
 * runs left behind are dropped a day later.
 */
export async function kitStore(
  given: string | JobStore | undefined,
): Promise<{ readonly store: JobStore; readonly ownsStore: boolean }> {
  if (given !== undefined && typeof given !== "string") return { store: given, ownsStore: false };
  const url = given ?? process.env.WHEELWRIGHT_STORE;
  if (url === undefined || url === "" || url === "memory:") return { store: new MemoryJobStore(), ownsStore: true };
  // Loaded only when a URL asks for it, and with it only the driver of that database.
  const { openStore } = await import("../store/open-store.ts");
  // With `_schedules` 48 characters at the most.
  const table = `${PREFIX}${dayOf(realNowMs())}_${process.pid}_${MINE}_${++tables}`;
  const store = await openStore(url, { table });
  if (isTableStore(store)) await ownTable(store, url);
  return { store, ownsStore: true };
}

async function ownTable(store: TableStore, url: string): Promise<void> {
  let closed: Promise<void> | null = null;
  store.close = () => {
    closed ??= store.dropTableAndClose();
    return closed;
  };
  if (swept.has(url)) return;
  swept.add(url);
  // By real time: a Date that a test has faked would make every table of others one of long ago.
  const yesterday = dayOf(realNowMs() - DAY_MS);
  const isOver = (table: string): boolean => table.slice(PREFIX.length, PREFIX.length + 8) < yesterday;
  // Another run may be dropping the same, or they are another user's to drop: no reason to fail a test.
  await store.dropTables(PREFIX, isOver).catch(() => undefined);
}

function isTableStore(store: JobStore): store is TableStore {
  return "dropTableAndClose" in store && "dropTables" in store;
}

/** `20300131`, in UTC: as text in the order of time. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
}
