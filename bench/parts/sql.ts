// Jobs per second on databases, beside bare statements and peers; and whether a claim minds what else is in the table.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inTurns, type Measurement } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { SqlThroughput } from "../programs/sql.ts";
import type { ClaimCosts } from "../programs/sql-load.ts";
import { SQL_SUBJECTS, type SqlSubjectName } from "../sql/open.ts";
import { startServers } from "../sql/servers.ts";
import type { Places } from "../sql/subject.ts";
import { medianRatio, spreadOf } from "../statistics.ts";
import { short, table } from "../table.ts";
import { atLeast, atMost, type Verdict } from "../verdict.ts";

/** better-sqlite3 and the peers want Node.js 22 or newer: npm ci --prefix ci/nodes brings one. */
const NODE_24 = fileURLToPath(new URL("../../ci/nodes/node_modules/node24/bin/node", import.meta.url));

interface Size {
  readonly jobs: number;
  readonly rounds: number;
  readonly ways: "each,many" | "many";
}

/** One at a time, the servers' drains would take minutes at a hundred thousand. */
const SIZES: readonly Size[] = [
  { jobs: 10_000, rounds: 3, ways: "each,many" },
  { jobs: 100_000, rounds: 2, ways: "many" },
];
const QUICK_SIZES: readonly Size[] = [{ jobs: 2000, rounds: 1, ways: "each,many" }];
const LOADS = { finished: 1_000_000, tomorrow: 100_000 };
const QUICK_LOADS = { finished: 20_000, tomorrow: 10_000 };

type Way = keyof SqlThroughput;

interface Row {
  readonly subject: SqlSubjectName;
  readonly results: readonly SqlThroughput[];
}

export async function sql({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const node = existsSync(NODE_24) ? NODE_24 : process.execPath;
  if (node !== NODE_24 && Number(process.versions.node.split(".")[0]) < 22) {
    console.log("The part sql is left out: better-sqlite3 wants Node.js 22. npm ci --prefix ci/nodes brings one.");
    return [];
  }
  if (byCpu) console.log("A server's time is not the client's: of those, real time is measured all the same.");
  const servers = await startServers();
  try {
    const subjects = SQL_SUBJECTS.filter((subject) => isThere(subject, servers.places, peers));
    const verdicts: Verdict[] = [];
    for (const size of quick ? QUICK_SIZES : SIZES) {
      const rows = await measureSize(subjects, size, servers.places, { node, byCpu });
      print(rows, size);
      verdicts.push(...verdictsOf(rows, size));
    }
    const loads = await measureLoads(servers.places, quick ? QUICK_LOADS : LOADS, { node, byCpu });
    return [...verdicts, ...loads];
  } finally {
    await servers.stop();
  }
}

function isThere(subject: SqlSubjectName, { postgres, redis }: Places, peers: boolean): boolean {
  if (subject.startsWith("postgres") && postgres === "") return false;
  if (subject.startsWith("redis") && redis === "") return false;
  return peers || /wheelwright|bare/.test(subject);
}

interface How {
  readonly node: string;
  readonly byCpu: boolean;
}

/** The server's processor time is not in the client's, so it is real time for all but SQLite. */
async function measureSize(
  subjects: readonly SqlSubjectName[],
  { jobs, rounds, ways }: Size,
  places: Places,
  { node, byCpu }: How,
): Promise<readonly Row[]> {
  const measured = await inTurns<SqlThroughput>(
    subjects.map(
      (subject): Measurement => ({
        program: "sql",
        args: [subject, String(jobs), JSON.stringify(places), waysOf(subject, ways)],
        node,
      }),
    ),
    { rounds, byCpu },
  );
  return subjects.map((subject, index) => ({ subject, results: (measured[index] ?? []).map(({ result }) => result) }));
}

/** SQLite is quick enough for all at any size; PGlite takes three seconds to open, so it is opened once. */
function waysOf(subject: SqlSubjectName, ways: Size["ways"]): string {
  if (subject.startsWith("pglite")) return "many";
  return subject.startsWith("sqlite") ? "each,many" : ways;
}

function print(rows: readonly Row[], { jobs, rounds }: Size): void {
  const cell = (row: Row, way: Way): string => {
    const values = valuesOf(row, way);
    return values.length === 0 ? "–" : short(spreadOf(values).median);
  };
  const beside = (row: Row, way: Way): string => {
    const limit = rows.find(({ subject }) => subject === `${row.subject.split(":")[0]}: bare statements`);
    const [mine, bare] = [valuesOf(row, way), valuesOf(limit, way)];
    return mine.length === 0 || bare.length === 0 ? "–" : medianRatio(mine, bare).toFixed(2);
  };
  console.log(`\n${jobs.toLocaleString("en")} jobs on a database: per second, median of ${rounds}\n`);
  console.log(
    table([
      ["", "enqueue", "in bulk", "drain, one by one", "/ bare", "drain, many", "/ bare"],
      ...rows.map((row) => [
        row.subject,
        cell(row, "enqueueEach"),
        cell(row, "enqueueBulk"),
        cell(row, "drainEach"),
        beside(row, "drainEach"),
        cell(row, "drainMany"),
        beside(row, "drainMany"),
      ]),
    ]),
  );
}

function valuesOf(row: Row | undefined, way: Way): readonly number[] {
  return (row?.results ?? []).map((result) => result[way]).filter((value) => value !== null);
}

function verdictsOf(rows: readonly Row[], { jobs }: Size): readonly Verdict[] {
  const list: Verdict[] = [];
  const compare = (ours: SqlSubjectName, way: Way, other: SqlSubjectName, otherWay: Way, wanted: number): void => {
    const [mine, theirs] = [valuesOf(rowOf(ours), way), valuesOf(rowOf(other), otherWay)];
    if (mine.length === 0 || theirs.length === 0) return;
    const what = `${ours}, ${way === "drainEach" ? "one by one" : "many"}, ${short(jobs)} / ${other.split(": ")[1]}`;
    list.push(atLeast(what, wanted, medianRatio(mine, theirs)));
  };
  const rowOf = (subject: SqlSubjectName): Row | undefined => rows.find((row) => row.subject === subject);
  compare("sqlite: wheelwright store", "drainEach", "sqlite: bare statements", "drainEach", 0.8);
  compare("sqlite: wheelwright store", "drainEach", "sqlite: bare statements, our table", "drainEach", 0.8);
  compare("sqlite: wheelwright worker", "drainEach", "sqlite: plainjob", "drainEach", 2);
  compare("sqlite: wheelwright store", "drainMany", "sqlite: plainjob", "drainEach", 5);
  compare("sqlite: wheelwright worker", "drainMany", "sqlite: plainjob", "drainEach", 5);
  compare("postgres: wheelwright store", "drainMany", "postgres: bare statements", "drainMany", 0.8);
  compare("postgres: wheelwright worker", "drainMany", "postgres: graphile-worker", "drainMany", 1);
  compare("postgres: wheelwright, two workers", "drainMany", "postgres: graphile-worker", "drainMany", 1);
  compare("postgres: wheelwright worker", "drainMany", "postgres: pg-boss", "drainMany", 1);
  compare("pglite: wheelwright worker", "drainMany", "pglite: pg-boss", "drainMany", 1);
  return list;
}

/** A claim in a table with other rows beside a claim in one without, in turns, in one process. */
async function measureLoads(places: Places, loads: typeof LOADS, { node, byCpu }: How): Promise<readonly Verdict[]> {
  const databases = ["sqlite", ...(places.postgres === "" ? [] : ["postgres"])];
  const kinds = Object.entries(loads).flatMap(([load, rows]) => databases.map((on) => ({ on, load, rows })));
  const measured = await inTurns<ClaimCosts>(
    kinds.map(({ on, load, rows }) => ({
      program: "sql-load",
      args: [on, load, String(rows), JSON.stringify(places)],
      node,
    })),
    { rounds: 1, byCpu },
  );
  const heading = ["microseconds per claim and settle", "alone", "among them", "ratio"];
  const results = kinds.map((kind, index) => ({ ...kind, result: measured[index]?.[0]?.result }));
  console.log("\nA table with other rows\n");
  console.log(
    table([
      heading,
      ...results.map(({ on, load, rows, result }) => [
        `${on}: ${rows.toLocaleString("en")} ${load === "finished" ? "finished rows" : "jobs of higher priority, due tomorrow"}`,
        short(result?.alone ?? 0),
        short(result?.among ?? 0),
        (result?.ratio ?? 0).toFixed(2),
      ]),
    ]),
  );
  return results.map(({ on, load, rows, result }) =>
    atMost(`${on}: a claim among ${short(rows)} ${load} / alone`, 1.3, result?.ratio ?? Number.NaN),
  );
}
