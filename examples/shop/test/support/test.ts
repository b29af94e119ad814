// What the shop's tests are given: a shop of their own, a kit in place of its store's clock and workers, and factories.

import { type KitFixtures, test } from "wheelwright/vitest";
import { type Connection, connectForNow } from "../../src/connection.ts";
import { openShop } from "../../src/shop.ts";
import { type Factories, factories } from "./factories.ts";

/** It is Monday afternoon, and stays so until a test moves the clock. */
export const NOW = "2030-03-04T14:30:00.000Z";

interface Fixtures extends Pick<KitFixtures, "kitOptions"> {
  /** The shop and, beside its app, the services behind it. */
  readonly shop: ReturnType<typeof openTestShop>;
  readonly make: Factories;
}

export const it = test.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which fixtures are needed
  shop: async ({}, use) => {
    await using connection = await connectForNow(process.env.WHEELWRIGHT_STORE);
    await use(openTestShop(connection));
  },
  // The kit is told the shop's own store, because orders and their jobs share its transactions. Without these,
  // { app: shop.jobs } is all there is to it.
  kitOptions: async ({ shop }, use) => use({ app: shop.jobs, store: shop.store, now: NOW, leftovers: "ignore" }),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  make: async ({}, use) => use(await factories()),
});

function openTestShop(connection: Connection) {
  const shop = openShop({ connection });
  return { ...shop, ...shop.services };
}
