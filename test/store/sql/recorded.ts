// What a store says to its database, written down: every verb once, against a client that records and answers by rote.

import { aJob } from "../../../src/contract/index.ts";
import type { SqlJobStore } from "../../../src/store/sql/sql-job-store.ts";

export const NOW: Date = new Date("2030-01-01T00:00:00.000Z");
const SOON = new Date("2030-01-01T00:00:04.321Z");

/** One statement as the client was handed it. */
export interface Said {
  readonly text: string;
  readonly binds: readonly unknown[];
}

type Row = Record<string, unknown>;

/** A whole row as the stores select it: claimed by `w`, once. */
export const ROW: Row = {
  seq: 7,
  id: "one",
  jobclass: "SendEmailJob",
  queue: "mail",
  data: "{}",
  priority: 0,
  status: "processing",
  attempts: 1,
  maxretries: 3,
  lasterror: null,
  runat: NOW.getTime(),
  completedat: null,
  failedat: null,
  createdat: NOW.getTime(),
  updatedat: NOW.getTime(),
  startedat: NOW.getTime(),
  timeout: 300,
  lockedby: "w",
  lockeduntil: SOON.getTime(),
  locktoken: 1,
  uniquekey: null,
  progress: null,
  carried: null,
};

export type Answer = (said: Said) => readonly Row[];

/** What a database would answer, as far as the next statement depends on it. It has one job to purge. */
export function answering(): Answer {
  let toPurge = 1;
  return (said) => (/^SELECT seq AS seq FROM/.test(said.text) && toPurge-- < 1 ? [] : answerTo(said));
}

function answerTo({ text, binds }: Said): readonly Row[] {
  if (/^SELECT priority AS priority/.test(text)) return text.includes("priority <") ? [] : [{ priority: 0 }];
  if (/^SELECT id AS id, seq AS seq FROM/.test(text)) return binds.map((id, index) => ({ id, seq: index + 7 }));
  if (/^SELECT id AS id, status AS status, uniqueKey/.test(text))
    return [{ id: "one", status: "failed", uniquekey: "import", uniquewhile: "live" }];
  if (/^SELECT seq AS seq, id AS id, jobClass/.test(text)) return [ROW];
  if (/^SELECT seq AS seq FROM/.test(text)) return [{ seq: 7 }];
  if (/^SELECT .* LIKE /.test(text)) return [{ name: "wheels_kit_1" }];
  if (/^SELECT .* AS now\b/.test(text)) return [{ now: NOW.getTime() }];
  return [];
}

/** The store's every verb, each with its name. `transaction`: the app's own. */
export function verbsOf(
  store: SqlJobStore,
  transaction: unknown,
): readonly (readonly [name: string, play: () => Promise<unknown>])[] {
  const at = { now: NOW };
  const claimed = { id: "one", seq: 7, token: "7:1", lockedBy: "w", lockedUntil: SOON };
  const schedule = {
    name: "nightly",
    schedule: "0 3 * * *",
    timezone: "UTC",
    jobClass: "ReportJob",
    queue: null,
    data: "{}",
    enabled: true,
    description: "",
    catchUp: "one",
    nextRun: SOON,
  } as const;
  return [
    ["setup", () => store.setup()],
    ["insert one", () => store.insert([aJob({ id: "one", uniqueKey: "import", runAt: SOON })], at)],
    [
      "insert a list",
      () =>
        store.insert(
          [1, 2, 3].map((n) => ({ ...aJob(), id: `made-${n}`, idGiven: false })),
          at,
        ),
    ],
    [
      "insert a list in the app's transaction",
      () => store.insert([aJob({ id: "one" }), aJob({ id: "two" })], { ...at, transaction }),
    ],
    ["due", () => store.due({ queues: ["mail", "urgent "], limit: 10, now: NOW })],
    ["claim", () => store.claim({ limit: 2, now: NOW, workerId: "w", leaseMs: 30_000 })],
    ["claim in a queue", () => store.claim({ queues: ["mail"], limit: 1, now: NOW, workerId: "w", leaseMs: 30_000 })],
    ["claim by id", () => store.claim({ id: "one", limit: 1, now: NOW, workerId: "w", leaseMs: 30_000 })],
    [
      "extend",
      () =>
        store.extend(claimed, {
          now: NOW,
          leaseMs: 30_000,
          progress: { processed: 1, total: 2, percentage: 50, status: "processing", message: null },
        }),
    ],
    ["settle as completed", () => store.settle(claimed, { type: "completed" }, at)],
    ["settle for a retry", () => store.settle(claimed, { type: "retry", runAt: SOON, error: "" }, at)],
    ["settle as failed", () => store.settle(claimed, { type: "failed", error: "no such address" }, at)],
    ["settle as released", () => store.settle(claimed, { type: "released" }, at)],
    [
      "settle an expired claim",
      () => store.settle(claimed, { type: "failed", error: "worker lost" }, { ...at, expired: true }),
    ],
    ["settle many", () => store.settleMany([{ claim: claimed, outcome: { type: "completed" } }], at)],
    ["expired", () => store.expired({ now: NOW, limit: 5, after: { ...claimOf(), lockedUntil: SOON } })],
    ["nextRunAt", () => store.nextRunAt({})],
    ["nextLeaseEndAt", () => store.nextLeaseEndAt()],
    ["get", () => store.get("one")],
    [
      "list",
      () =>
        store.list({ status: "failed", queue: ["mail", "urgent"], jobClass: "SendEmailJob", limit: 5, beforeSeq: 9 }),
    ],
    ["stats", () => store.stats({ queues: ["mail"] })],
    ["activity", () => store.activity({ since: NOW, recent: 5 })],
    ["retry", () => store.retry("one", at)],
    ["retryFailed", () => store.retryFailed({ queues: ["mail"], now: NOW })],
    ["retryFailed with a limit", () => store.retryFailed({ limit: 1, now: NOW })],
    ["remove", () => store.remove("one")],
    ["purge", () => store.purge({ statuses: ["completed", "failed"], before: NOW })],
    ["schedules.put", () => store.schedules.put([schedule], at)],
    ["schedules.list", () => store.schedules.list()],
    [
      "schedules.tick",
      () =>
        store.schedules.tick(
          { name: "nightly", due: NOW, nextRun: SOON, lastRun: NOW, jobs: [aJob({ id: "one" })] },
          at,
        ),
    ],
    ["schedules.remove", () => store.schedules.remove("nightly")],
    ["databaseNow", () => store.databaseNow()],
    ["dropTable", () => store.dropTable()],
    ["dropTables", () => store.dropTables("wheels_kit_", () => true)],
    ["close", () => store.close()],
  ];
}

function claimOf() {
  return {
    id: "one",
    seq: 7,
    jobClass: "SendEmailJob",
    queue: "mail",
    data: {},
    priority: 0,
    status: "processing",
    attempts: 1,
    maxRetries: 3,
    lastError: null,
    runAt: NOW,
    createdAt: NOW,
    updatedAt: NOW,
    startedAt: NOW,
    completedAt: null,
    failedAt: null,
    timeout: 300,
    lockedBy: "w",
    lockedUntil: SOON,
    uniqueKey: null,
    progress: null,
    carried: null,
    token: "7:1",
  } as const;
}

/** The select list of a whole row, which is shown once. */
const WHOLE_ROW = /^SELECT seq AS seq, id AS id, jobClass.* AS carried FROM/;

/** Plays every verb; the statements of each below its name, their parameters in a comment. */
export async function script(store: SqlJobStore, said: Said[], transaction: unknown): Promise<string> {
  const parts: string[] = [];
  let wasShown = false;
  for (const [name, play] of verbsOf(store, transaction)) {
    said.length = 0;
    await play();
    const statements = said.map(({ text, binds }) => {
      const short = wasShown ? text.replace(WHOLE_ROW, "SELECT (a whole row, as above) FROM") : text;
      wasShown ||= WHOLE_ROW.test(text);
      return `${short};${binds.length === 0 ? "" : `\n-- ${JSON.stringify(binds)}`}`;
    });
    parts.push(`-- ===== ${name}\n${statements.join("\n")}`);
  }
  return `${["-- All that this store says to its server, verb by verb; `vitest -u` writes it anew.", ...parts].join("\n\n")}\n`;
}
