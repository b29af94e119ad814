// A process of its own: waits for the word, then sets up tables that others set up at the same moment, and uses them.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { aJob } from "../../../src/contract/index.ts";
import { openStore } from "../../../src/store/open-store.ts";

const [url = "", ...tables] = process.argv.slice(2);
const now = new Date("2030-01-01T00:00:00Z");
const stores = await Promise.all(tables.map((table) => openStore(url, { table })));

writeSync(1, "ready\n");
await once(process.stdin, "data");
process.stdin.unref?.();
try {
  for (const store of stores) {
    await store.setup();
    const fresh = () => ({ id: randomUUID(), idGiven: false });
    await store.insert(
      [
        { ...aJob({ uniqueKey: "one" }), ...fresh() },
        { ...aJob(), ...fresh() },
      ],
      { now },
    );
    const claims = await store.claim({ limit: 1, now, workerId: String(process.pid), leaseMs: 1000 });
    writeSync(1, `claimed ${claims.map(({ id }) => id).join()}\n`);
    await store.close();
  }
} catch (error) {
  writeSync(1, `failed: ${error instanceof Error ? error.stack : error}\n`);
}
process.exit();
