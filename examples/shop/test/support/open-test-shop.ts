// A shop of one test's own, with a kit in place of its store's clock and workers.

import { onTestFinished } from "vitest";
import { createTestKit } from "wheelwright/testing";
import { openShop } from "../../src/shop.ts";

/** It is Monday afternoon, and stays so until the test moves the clock. */
export const NOW = "2030-03-04T14:30:00.000Z";

export async function openTestShop() {
  const shop = openShop();
  // The kit is told the shop's own store, since orders and their jobs share its transactions. Without these,
  // `createTestKit({ app: shop.jobs })` is all there is to it.
  const kit = await createTestKit({ app: shop.jobs, store: shop.store, now: NOW, leftovers: "ignore" });
  onTestFinished(() => kit.dispose());
  return { ...shop, ...shop.services, kit };
}

/** A request with a JSON body, for `app.request(path, json({ … }))`. */
export function json(body: unknown, method = "POST"): RequestInit {
  return { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}
