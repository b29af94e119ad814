// A database server that is restarted while workers in processes of their own are busy (R46). It takes servers of the
// test's own and real time, so it runs with TEST_THOROUGH=1 only.

import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Server, startPostgres } from "../servers.ts";
import { aSite, type Site, type WorkerProcess } from "./a-site.ts";
import { StepJob } from "./jobs.ts";
import { hasMariadb, startMariadb } from "./mariadb.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";
const RESTARTS = 3;
const WORKERS = 2;

const servers: readonly (readonly [name: string, start: () => Promise<Server>])[] = [
  ["PostgreSQL", startPostgres],
  ...(hasMariadb ? [["MariaDB", startMariadb] as const] : []),
];

describe.skipIf(!THOROUGH)("a server that is restarted (set TEST_THOROUGH=1)", () => {
  if (!hasMariadb) it.skip("needs mariadbd and mariadb-install-db on this machine");

  it.each(servers)(
    "R46 loses no job on %s, and completes none twice",
    async (name, start) => {
      const server = await start();
      const site = await aSite(server.url);
      try {
        const workers = Array.from({ length: WORKERS }, () => site.startWorker());
        await Promise.all(workers.map((worker) => worker.said("ready")));
        let mayEnd = false;
        const enqueueing = enqueueUntil(site, () => mayEnd);
        for (let restart = 0; restart < RESTARTS; restart++) {
          await setTimeout(400);
          await server.restart();
        }
        await setTimeout(400);
        mayEnd = true;
        const { acknowledged, refused } = await enqueueing;
        await site.settled();

        const rows = await site.jobs.list({ limit: 100_000 });
        const ids = new Set(rows.map(({ id }) => id));
        const completed = site.lines("completed");
        expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
        expect(rows.filter(({ status }) => status !== "completed")).toEqual([]);
        expect(completed.filter((id, index) => completed.indexOf(id) !== index)).toEqual([]);
        expect(await statesOf(workers)).toEqual(workers.map(() => "running"));
        expect(site.lines("warnings").some((line) => line.includes("reaches its store again"))).toBe(true);
        for (const { child } of workers) child.kill("SIGTERM");
        await Promise.all(workers.map(({ ended }) => ended));
        expect(await statesOf(workers)).toEqual(workers.map(() => "ended with 0"));
        console.log(
          `${name}: ${RESTARTS} restarts, ${acknowledged.length} jobs acknowledged, ${refused} enqueues refused and sent again, ${rows.length} completed, 0 lost, 0 completed twice`,
        );
      } finally {
        await site.close().catch(() => undefined);
        await server.stop();
      }
    },
    180_000,
  );
});

function statesOf(workers: readonly WorkerProcess[]): Promise<string[]> {
  return Promise.all(workers.map((worker) => worker.state()));
}

/** Enqueues, and sends an enqueue whose answer was lost again under the same id (R7). */
async function enqueueUntil(site: Site, isOver: () => boolean): Promise<{ acknowledged: string[]; refused: number }> {
  const acknowledged: string[] = [];
  let refused = 0;
  for (let n = 0; !isOver(); n++) {
    const id = randomUUID();
    while (!(await site.jobs.enqueue(StepJob, { n }, { id }).catch(() => null))) {
      refused++;
      await setTimeout(20);
    }
    acknowledged.push(id);
    await setTimeout(2);
  }
  return { acknowledged, refused };
}
