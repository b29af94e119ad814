// A kit on a database that answers later.

import { setImmediate } from "node:timers/promises";
import { describe, expect, inject, it } from "vitest";
import { Job } from "wheelwright";
import { createTestKit } from "wheelwright/testing";

class ShipOrderJob extends Job<{ orderId: number }> {
  override perform(): void {}
}

const mysqlUrl = inject("mysqlUrl");
const DATABASES = [
  { name: "PostgreSQL", url: inject("postgresUrl") },
  ...(mysqlUrl === null ? [] : [{ name: "MariaDB", url: mysqlUrl }]),
];

describe("a kit's end", () => {
  it.each(DATABASES)("takes $name from a drain that it stopped only after the drain's last call", async ({ url }) => {
    for (const turns of [1, 3, 6, 10]) {
      const kit = await createTestKit({ jobs: [ShipOrderJob], store: url, leftovers: "ignore" });
      for (let orderId = 0; orderId < 20; orderId++) await kit.run(() => ShipOrderJob.enqueue({ orderId }));
      const stopped = kit.drain().then(
        () => "ran",
        (error: Error) => error.name,
      );
      for (let turn = 0; turn < turns; turn++) await setImmediate();

      await kit.dispose();

      expect(await stopped).toBe("KitUsageError");
    }
  });
});
