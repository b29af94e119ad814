// Plays the stories in a kit: the shop's own code and the production engine, on a clock that need not wait.

import { createTestKit, type KitEvent, type TestKit } from "wheelwright/testing";
import { connectForNow } from "../src/connection.ts";
import { openShop } from "../src/shop.ts";
import { paintWith } from "./paint.ts";
import { stories } from "./stories.ts";
import { lengthOf, Storyteller, timeOf, WIDTH } from "./storyteller.ts";

export interface DemoOptions {
  readonly write: (line: string) => void;
  readonly colours: boolean;
  /** The URL of where its jobs are kept; in memory unless told. */
  readonly store?: string | undefined;
}

export async function playDemo({ write, colours, store }: DemoOptions): Promise<void> {
  const began = performance.now();
  const paint = paintWith(colours);
  await using connection = await connectForNow(store);
  const shop = openShop({ connection });
  await using kit = await createTestKit({ app: shop.jobs, store: shop.store, now: "2030-03-04T14:30:00Z" });
  const startedAt = kit.now();

  write("");
  write(`  ${paint("bold", "A shop and its background jobs")}`);
  write(`  It is ${timeOf(startedAt)} 2030 (UTC), and the clock waits for nobody.`);
  write("");
  const legend = ["▸ somebody does something", "+ enqueued", "✓ completed", "↻ will be retried", "✗ failed"];
  write(`  ${paint("dim", legend.join("   "))}`);

  const tell = new Storyteller({ kit, request: (path, init) => shop.app.request(path, init), write, paint });
  for (const story of stories) await story(tell, shop);

  const virtualMs = kit.now().getTime() - startedAt.getTime();
  const realMs = performance.now() - began;
  write("");
  write(`  ${paint("dim", "═".repeat(WIDTH - 2))}`);
  for (const [name, text] of summary(kit, tell, virtualMs, realMs)) write(`  ${paint("dim", name.padEnd(10))} ${text}`);
  write("");
}

function summary(kit: TestKit, { enqueued }: Storyteller, virtualMs: number, realMs: number): [string, string][] {
  const count = (type: KitEvent["type"]): number => kit.events({ type }).length;
  const times = Math.round(virtualMs / realMs / 1e6);
  return [
    [
      "time",
      `${lengthOf(virtualMs)} in the shop, ${(realMs / 1000).toFixed(2)} s here: ${times} million times as fast as life`,
    ],
    ["jobs", `${enqueued} enqueued; ${count("deduplicated")} were waiting already`],
    [
      "attempts",
      `${count("claimed")}: ${count("completed")} completed, ${count("retried")} retried, ${count("failed")} failed`,
    ],
  ];
}
