// The memory store keeps the contract of all stores.

import { describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import { MemoryJobStore } from "../../src/store/memory/memory-job-store.ts";

describeJobStore("memory", () => new MemoryJobStore(), {
  describe,
  it,
  transaction: { run: (store, work) => (store as MemoryJobStore).transaction(work) }, // `as`: opened above
});
