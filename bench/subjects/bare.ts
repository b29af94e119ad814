// The bare loop as a subject.

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
