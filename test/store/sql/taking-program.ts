// A worker in a process of its own: says "ready", waits for a line, performs jobs until none is due, and prints the
// numbers that it performed. Given: the store's URL and its table.

import { once } from "node:events";
import { createJobs, defineJob } from "../../../src/index.ts";
import { openStore } from "../../../src/store/open-store.ts";

const [url = "", table = ""] = process.argv.slice(2);
const performed: number[] = [];
const take = defineJob<{ number: number }>("TakeJob", {}, ({ number }) => {
  performed.push(number);
});
const store = await openStore(url, { table });
const quiet = () => undefined;
const jobs = createJobs({ store, jobs: [take], logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } });

await store.setup();
process.stdout.write("ready\n");
await once(process.stdin, "data");
for (;;) {
  const { processed, failed, skipped } = await jobs.processQueue({ limit: 20 });
  if (processed + failed + skipped === 0) break;
}
await jobs.close();
await store.close();
process.stdout.write(`${JSON.stringify(performed)}\n`);
process.exit(0);
