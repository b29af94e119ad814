// The bare loop as a subject, alone and in a process where the async scope is on.

import { AsyncLocalStorage } from "node:async_hooks";
import { BareLoop } from "../bare-loop.ts";
import type { Subject } from "../subject.ts";

export async function openBareLoop(): Promise<Subject> {
  const loop = new BareLoop();
  let handled = 0;
  return {
    async enqueue(n) {
      for (let i = 0; i < n; i++) await loop.enqueue("NoOpJob", { i });
    },
    async drain() {
      await loop.drain(async () => {
        handled++;
      });
    },
    handled: () => handled,
  };
}

/**
 * The same after one AsyncLocalStorage has been entered, as whoever carries a tenant, a trace or a job's scope does.
 * Up to Node.js 22 every promise of the process costs more from then on; from 24 on none does.
 */
export async function openBareLoopInScope(): Promise<Subject> {
  new AsyncLocalStorage<object>().run({}, () => undefined);
  return openBareLoop();
}
