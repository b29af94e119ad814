// How soon a worker picks a job up, and what it costs while there is none.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Measurement, measureOnce } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { Idle, PickUps } from "../programs/pickup.ts";
import { type PickUpName, POLL_MS } from "../sql/pickup.ts";
import { startServers } from "../sql/servers.ts";
import { spreadOf } from "../statistics.ts";
import { short, spread, table } from "../table.ts";
import type { Verdict } from "../verdict.ts";

/** better-sqlite3 and the peers want Node.js 22 or newer: npm ci --prefix ci/nodes brings one. */
const NODE_24 = fileURLToPath(new URL("../../ci/nodes/node_modules/node24/bin/node", import.meta.url));

interface Line {
  readonly subject: PickUpName;
  readonly where: "same" | "other";
  readonly how: string;
  readonly jobs: number;
}

const LINES: readonly Line[] = [
  { subject: "memory: wheelwright", where: "same", how: "told", jobs: 100 },
  { subject: "sqlite: wheelwright", where: "same", how: "told", jobs: 100 },
  { subject: "postgres: wheelwright", where: "same", how: "told", jobs: 100 },
  { subject: "postgres: wheelwright", where: "other", how: "NOTIFY", jobs: 100 },
  { subject: "postgres: graphile-worker", where: "other", how: "NOTIFY", jobs: 100 },
  { subject: "sqlite: wheelwright", where: "other", how: `looks every ${POLL_MS} ms`, jobs: 15 },
  { subject: "postgres: pg-boss", where: "other", how: `looks every ${POLL_MS} ms`, jobs: 15 },
];

const IDLERS: readonly PickUpName[] = [
  "memory: wheelwright",
  "sqlite: wheelwright",
  "postgres: wheelwright",
  "postgres: graphile-worker",
  "postgres: pg-boss",
];

/** Latency is real time whatever the machine does, so --cpu changes nothing here. */
export async function worker({ quick, peers }: Plan): Promise<readonly Verdict[]> {
  const node = existsSync(NODE_24) ? NODE_24 : process.execPath;
  const servers = await startServers();
  const isThere = (subject: PickUpName): boolean =>
    (peers || subject.includes("wheelwright")) && (servers.places.postgres !== "" || !subject.startsWith("postgres"));
  const measurement = (...[subject, where, jobs]: [PickUpName, string, number]): Measurement => ({
    program: "pickup",
    args: [subject, where, String(jobs), JSON.stringify(servers.places)],
    node,
  });
  try {
    const rows: string[][] = [];
    for (const { subject, where, how, jobs } of LINES.filter(({ subject }) => isThere(subject))) {
      const { result } = await measureOnce<PickUps>(measurement(subject, where, quick ? jobs / 4 : jobs), false);
      rows.push([
        subject,
        where === "same" ? "same process" : "other process",
        how,
        spread(spreadOf(result.latencies)),
      ]);
    }
    console.log("\nFrom the enqueue to the start of the handler: milliseconds, median (least – most)\n");
    console.log(table([["", "worker in the", "it is", "picked up after"], ...rows]));

    // Side by side: none does anything, and each is measured by its own processor time.
    const idlers = IDLERS.filter(isThere);
    const costs = await Promise.all(idlers.map((subject) => measureOnce<Idle>(measurement(subject, "idle", 0), true)));
    console.log("\nAn idle worker: milliseconds of processor time per second\n");
    console.log(
      table([["", "ms/s"], ...idlers.map((subject, index) => [subject, short(costs[index]?.result.cpu ?? 0)])]),
    );
  } finally {
    await servers.stop();
  }
  return [];
}
