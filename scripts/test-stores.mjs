// The kit's own tests and the shop's suite on each database, as WHEELWRIGHT_STORE=<url> runs them for a user.
// Usage: node scripts/test-stores.mjs [<url> …]; without one: SQLite in memory and, where MYSQL_URL is given, MariaDB.

import { spawnSync } from "node:child_process";

/** Tests that cannot hold on SQL, with the reason. */
const OF_MEMORY = [
  // Begins a transaction of the memory store's own, `store.transaction(fn)`.
  "R9 shows the kit's store in the place of the app's, and its transactions work",
  // Counts the handles of the process, and a database's driver has some of its own.
  "BM-249 keeps nothing of kits that are gone",
];

const given = process.argv.slice(2);
const urls = given.length > 0 ? given : ["sqlite::memory:", ...[process.env.MYSQL_URL ?? []].flat()];
const others = `^(?!.*(?:${OF_MEMORY.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")}))`;

for (const url of urls) {
  console.log(`\n== WHEELWRIGHT_STORE=${url.replace(/\/\/([^:@/]*):[^@]*@/, "//$1:…@")}`);
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "test/testing", "examples/shop", "--testNamePattern", others],
    { stdio: "inherit", env: { ...process.env, WHEELWRIGHT_STORE: url } },
  );
  if (status !== 0) process.exitCode = 1;
}
