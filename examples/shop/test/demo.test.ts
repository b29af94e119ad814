// `npm run demo` keeps telling what it says it tells.

import { expect, it } from "vitest";
import { playDemo } from "../demo/play.ts";
import { WIDTH } from "../demo/storyteller.ts";

it("plays months in a moment, and prints them so that they fit a terminal", async () => {
  const lines: string[] = [];

  await playDemo({ write: (line) => lines.push(line), colours: false });

  const text = lines.join("\n");
  expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
  expect(text.match(/^ {2}\d+ {2}.+ ─+$/gm)).toHaveLength(10);
  expect(text).toContain('Mon  4 Mar 14:35:00  ✓ SendFollowUpEmail       "Is everything working?" to ada@example.com');
  expect(text).toContain("seen by her bank: €75.00\n");
  expect(text).toMatch(/jobs +43 enqueued; 2 were waiting already, 3 rolled back\n/);
  expect(text).toMatch(/attempts +48: 42 completed, 5 retried, 1 failed\n/);
});
