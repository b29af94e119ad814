// Stores with one rule broken each, as they have been broken in the wild, and the tests of the contract that tell.

import type { Outcome } from "../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob } from "../../src/job/record.ts";
import type {
  ClaimKey,
  ClaimRequest,
  DueRequest,
  InsertAt,
  JobFilter,
  JobStore,
  Settlement,
} from "../../src/store/job-store.ts";
import { NaiveJobStore, type NaiveRow } from "../store/memory/naive-job-store.ts";

type SettleAt = Parameters<JobStore["settle"]>[2];

export interface BrokenStore {
  readonly what: string;
  readonly open: () => JobStore;
  /** Tests of the contract that must fail on it. */
  readonly caughtBy: readonly string[];
}

export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    what: "looks for a job, and takes it later without a guard",
    open: () =>
      new (class extends NaiveJobStore {
        override async claim(request: ClaimRequest): Promise<readonly Claim[]> {
          const rows = this.dueRows(request);
          await null;
          return rows.map((row) => this.hold(row, request));
        }
      })(),
    caughtBy: [
      "races › BM-001 gives one job to one of many workers",
      "races › BM-004 gives disjoint jobs to workers that claim several, none too many",
      "races › R30 either removes a job or hands it out",
    ],
  },
  {
    what: "looks for a unique key, and inserts later without a guard",
    open: () =>
      new (class extends NaiveJobStore {
        override async insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
          const holder = jobs.map((job) => this.holderOf(job.uniqueKey)).find((row) => row !== undefined);
          await null;
          if (holder !== undefined) return [{ ...this.record(holder), deduplicated: true }];
          return jobs.map((job) => this.insertOne({ ...job, uniqueKey: null }, at));
        }
      })(),
    caughtBy: ["unique keys › BM-198 stores one job for one key sent many times at once"],
  },
  {
    what: "settles by id and worker, not by token",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holds(row: NaiveRow, claim: ClaimKey): boolean {
          return row.status === "processing" && row.id === claim.id && row.lockedBy === claim.lockedBy;
        }
      })(),
    caughtBy: [
      "settle, when the claim is lost › BM-002 refuses a stale claim of a worker that holds the same job again",
      "extend, when the claim is lost › BM-020 answers so after a rescue, though the same worker holds the job anew",
      "settle, when the claim is lost › R24 refuses every outcome of a claim with another token",
    ],
  },
  {
    what: "settles by id alone",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holds(row: NaiveRow, claim: ClaimKey): boolean {
          return row.id === claim.id;
        }
      })(),
    caughtBy: [
      'settle, when the claim is lost › BM-020 refuses "completed" of a worker whose job another has taken over',
      "settle, when the claim is lost › BM-081 does not let a late success overwrite what was decided",
      "races › R24 accepts one outcome of one claim",
    ],
  },
  {
    what: "settles without asking which of two jobs of one id was claimed",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holds(row: NaiveRow, claim: ClaimKey): boolean {
          return super.holds({ ...row, seq: claim.seq }, claim);
        }
      })(),
    caughtBy: [
      "settle, when the claim is lost › R24 refuses a claim of a job that was deleted since, and of a new one of its id",
    ],
  },
  {
    what: "uses one token for all claims of a job",
    open: () =>
      new (class extends NaiveJobStore {
        protected override newToken(row: NaiveRow): string {
          return row.id;
        }
      })(),
    caughtBy: [
      "claim › BM-002 gives a new token at each claim, by the same worker too",
      "claim › BM-002 gives a new token after a retry by hand",
    ],
  },
  {
    what: "takes < for <= when it asks whether a job is due",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isDue(row: NaiveRow, now: Date): boolean {
          return row.status === "pending" && row.runAt < now;
        }
      })(),
    caughtBy: [
      "claim › R11 claims a job when now is its runAt + 0 ms",
      "due › R11 lists a job when now is its runAt + 0 ms",
    ],
  },
  {
    what: "takes < for <= when it asks whether a lease is over",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isOver(row: NaiveRow, now: Date): boolean {
          return row.lockedUntil !== null && row.lockedUntil < now;
        }
      })(),
    caughtBy: ["expired › R25 lists a claim when now is its lockedUntil + 0 ms"],
  },
  {
    what: "breaks ties by id",
    open: () =>
      new (class extends NaiveJobStore {
        protected override compare(a: NaiveRow, b: NaiveRow): number {
          return b.priority - a.priority || +a.runAt - +b.runAt || (a.id < b.id ? -1 : 1);
        }
      })(),
    caughtBy: ["claim order › R11 takes jobs of one priority and runAt in the order of their insert"],
  },
  {
    what: "asks the runAt before the priority",
    open: () =>
      new (class extends NaiveJobStore {
        protected override compare(a: NaiveRow, b: NaiveRow): number {
          return +a.runAt - +b.runAt || b.priority - a.priority || a.seq - b.seq;
        }
      })(),
    caughtBy: ["claim order › R11 asks the priority before the runAt"],
  },
  {
    what: "looks at the first job only, and waits for it",
    open: () =>
      new (class extends NaiveJobStore {
        protected override dueRows(request: DueRequest): NaiveRow[] {
          const pending = this.rows.filter((row) => row.status === "pending" && this.isIn(row, request.queues));
          const ordered = pending.sort((a, b) => this.compare(a, b)).slice(0, request.limit);
          return ordered.filter((row) => this.isDue(row, request.now));
        }
      })(),
    caughtBy: ["claim order › R11 takes jobs in order whose instants come while others are claimed"],
  },
  {
    what: "drains one queue after another",
    open: () =>
      new (class extends NaiveJobStore {
        protected override dueRows(request: DueRequest): NaiveRow[] {
          if (request.queues === undefined) return super.dueRows(request);
          const each = request.queues.flatMap((queue) => super.dueRows({ ...request, queues: [queue] }));
          return each.slice(0, request.limit);
        }
      })(),
    caughtBy: [
      "due › R13 lists the queues it is asked for, together in one order",
      "claim order › R13 has one order for several queues, whatever the order of their names (BM-193)",
    ],
  },
  {
    what: "puts a retried job behind those that came meanwhile",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          if (outcome.type === "retry") row.seq = ++this.seq;
        }
      })(),
    caughtBy: ["claim order › BM-191 puts a retried job by its new runAt, then by its old number"],
  },
  {
    what: "hands out as many as there are",
    open: () =>
      new (class extends NaiveJobStore {
        override claim(request: ClaimRequest): Promise<readonly Claim[]> {
          return super.claim({ ...request, limit: 1000 });
        }
      })(),
    caughtBy: ["claim › BM-004 hands out as many as asked for, and no more than there are"],
  },
  {
    what: "counts no attempt",
    open: () =>
      new (class extends NaiveJobStore {
        protected override hold(row: NaiveRow, request: ClaimRequest): Claim {
          row.attempts--;
          return super.hold(row, request);
        }
      })(),
    caughtBy: [
      "claim › R12 writes worker, lease, start and attempt, and nothing else",
      "claim › BM-070 counts one attempt per claim",
    ],
  },
  {
    what: "loses the error of an attempt that is retried",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          if (outcome.type === "retry") row.lastError = null;
        }
      })(),
    caughtBy: ["settle › writes an attempt to be retried"],
  },
  {
    what: "loses the earlier error when a claim is handed back",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          if (outcome.type === "released") row.lastError = null;
        }
      })(),
    caughtBy: ["released › R25 takes away the claim's attempt only, and keeps the error before it"],
  },
  {
    what: "gives no attempt back",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          if (outcome.type === "released") row.attempts++;
          super.write(row, outcome, now);
        }
      })(),
    caughtBy: [
      "released › BM-071 gives the attempt back, however often",
      "settle › writes a claim that is handed back",
    ],
  },
  {
    what: "does not say when a job failed",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          row.failedAt = null;
        }
      })(),
    caughtBy: ["settle of an expired claim › BM-050 sets failedAt on a job that a rescue ends"],
  },
  {
    what: "rounds instants to whole seconds",
    open: () =>
      new (class extends NaiveJobStore {
        protected override instant(date: Date): Date {
          return new Date(Math.floor(+date / 1000) * 1000);
        }
      })(),
    caughtBy: [
      "insert, at its limits › R38 keeps every instant to the millisecond",
      "claim order › BM-174 tells instants apart that differ by a millisecond",
    ],
  },
  {
    what: "reads the clock",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isDue(row: NaiveRow): boolean {
          return row.status === "pending" && +row.runAt <= Date.now();
        }
      })(),
    caughtBy: ["claim › BM-028 does not hand out a job before its instant, however often it is asked"],
  },
  {
    what: "takes back a lease that was extended meanwhile",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isSameLease(): boolean {
          return true;
        }
      })(),
    caughtBy: [
      "settle of an expired claim › R25 refuses when the lease was extended since it was read (BM-051)",
      "races › R25 lets either an extension or a rescue have a claim, not both",
    ],
  },
  {
    what: "takes the claim away from its holder as soon as the lease is over",
    open: () =>
      new (class extends NaiveJobStore {
        override async extend(claim: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
          const row = this.rows.find((each) => this.holds(each, claim));
          return row !== undefined && this.isOver(row, extension.now) ? "lost" : super.extend(claim, extension);
        }
      })(),
    caughtBy: ["extend › R25 extends a lease that is over, as long as nobody has taken the job back"],
  },
  {
    what: "reports a settle that is sent again as lost",
    open: () =>
      new (class extends NaiveJobStore {
        protected override wasWritten(): boolean {
          return false;
        }
      })(),
    caughtBy: ["settle, sent twice › BM-037 answers as at first and changes nothing: completed"],
  },
  {
    what: "takes any outcome that is sent again for the same",
    open: () =>
      new (class extends NaiveJobStore {
        protected override wasWritten(row: NaiveRow, claim: ClaimKey): boolean {
          return row.id === claim.id && row.token === claim.token && row.status !== "processing";
        }
      })(),
    caughtBy: [
      'settle, sent twice › R24 answers every other outcome with "lost": completed',
      'settle, sent twice › R24 answers every other outcome with "lost": retry (+4000 ms, boom)',
    ],
  },
  {
    what: "gives up a batch at the first claim that is lost",
    open: () =>
      new (class extends NaiveJobStore {
        async settleMany(settlements: readonly Settlement[], at: SettleAt): Promise<readonly ("settled" | "lost")[]> {
          let isLost = false;
          const answers: ("settled" | "lost")[] = [];
          for (const { claim, outcome } of settlements) {
            const answer: "settled" | "lost" = isLost ? "lost" : await this.settle(claim, outcome, at);
            isLost ||= answer === "lost";
            answers.push(answer);
          }
          return answers;
        }
      })(),
    caughtBy: [
      "settleMany › R24 answers in the order given, and lets a lost claim do no harm to the others",
      "settleMany › R25 rescues a batch but for the leases that were extended since they were read",
    ],
  },
  {
    what: "writes to a whole batch what came of its first claim",
    open: () =>
      new (class extends NaiveJobStore {
        async settleMany(settlements: readonly Settlement[], at: SettleAt): Promise<readonly ("settled" | "lost")[]> {
          const outcome = settlements[0]?.outcome ?? { type: "completed" };
          return Promise.all(settlements.map(({ claim }) => this.settle(claim, outcome, at)));
        }
      })(),
    caughtBy: [
      "settleMany › writes each claim its own outcome",
      "settleMany › frees the unique keys of the jobs that ended, and no other",
    ],
  },
  {
    what: "writes a whole batch with one instant",
    open: () =>
      new (class extends NaiveJobStore {
        async settleMany(settlements: readonly Settlement[], at: SettleAt): Promise<readonly ("settled" | "lost")[]> {
          return Promise.all(settlements.map(({ claim, outcome }) => this.settle(claim, outcome, at)));
        }
      })(),
    caughtBy: ["settleMany › writes each outcome with its own instant, and with the batch's where it has none"],
  },
  {
    what: "settles a batch by id, without a look at the tokens",
    open: () =>
      new (class extends NaiveJobStore {
        async settleMany(settlements: readonly Settlement[], at: SettleAt): Promise<readonly ("settled" | "lost")[]> {
          for (const { claim, outcome } of settlements) {
            const row = this.rows.find(({ id }) => id === claim.id);
            if (row?.status === "processing") await this.settle({ ...row, token: row.token ?? "" }, outcome, at);
          }
          return settlements.map(() => "settled");
        }
      })(),
    caughtBy: [
      "settleMany › R24 answers in the order given, and lets a lost claim do no harm to the others",
      "settleMany › R24 accepts one of two batches that are sent at the same time with other outcomes",
      "settle, when the claim is lost, through settleMany › R24 refuses every outcome of a claim with another token",
    ],
  },
  {
    what: "frees a unique key at the claim",
    open: () =>
      new (class extends NaiveJobStore {
        protected override hold(row: NaiveRow, request: ClaimRequest): Claim {
          row.holdsKey = false;
          return super.hold(row, request);
        }
      })(),
    caughtBy: ["unique keys › R8 answers with the processing job that holds the key, and stores nothing"],
  },
  {
    what: "never frees a unique key",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holderOf(uniqueKey: string | null): NaiveRow | undefined {
          return uniqueKey === null ? undefined : this.rows.find((row) => row.uniqueKey === uniqueKey);
        }
      })(),
    caughtBy: ["unique keys › R8 frees the key of a completed job", "unique keys › R8 frees the key of a failed job"],
  },
  {
    what: "takes a key back that was given up at the claim",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          row.holdsKey = row.status === "pending" && row.uniqueKey !== null;
        }
      })(),
    caughtBy: ['unique while "pending" › R8 does not take the key back when it is retried'],
  },
  {
    what: "folds the case of queue names",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isIn(row: NaiveRow, queues: readonly string[] | undefined): boolean {
          return queues === undefined || queues.some((queue) => queue.toLowerCase() === row.queue.toLowerCase());
        }
      })(),
    caughtBy: ["claim of queues › BM-179 compares queue names byte by byte"],
  },
  {
    what: "ignores spaces at the end of ids, as a padded column does",
    open: () =>
      new (class extends NaiveJobStore {
        protected override insertOne(job: NewJob, at: InsertAt): EnqueuedJob {
          return super.insertOne({ ...job, id: job.id.trimEnd() }, at);
        }
      })(),
    caughtBy: ["given ids › BM-179 compares ids byte by byte"],
  },
  {
    what: "hands out its own objects",
    open: () =>
      new (class extends NaiveJobStore {
        readonly #data = new Map<string, JobRecord["data"]>();
        protected override record(row: NaiveRow): JobRecord {
          const record = super.record(row);
          const data = this.#data.get(row.id) ?? record.data;
          this.#data.set(row.id, data);
          return { ...record, data };
        }
      })(),
    caughtBy: ["insert › BM-234 cuts the row off from every record it hands out"],
  },
  {
    what: "keeps the Date that it is given",
    open: () =>
      new (class extends NaiveJobStore {
        protected override instant(date: Date): Date {
          return date;
        }
      })(),
    caughtBy: ["insert › BM-234 cuts the row off from the Date that was given"],
  },
  {
    what: "merges data by assignment",
    open: () =>
      new (class extends NaiveJobStore {
        protected override record(row: NaiveRow): JobRecord {
          const record = super.record(row);
          return { ...record, data: Object.assign({}, record.data) };
        }
      })(),
    caughtBy: ["data › BM-172 keeps the keys __proto__ and constructor, and takes them for keys only"],
  },
  {
    what: "replaces lone surrogates, as UTF-8 does",
    open: () =>
      new (class extends NaiveJobStore {
        protected override insertOne(job: NewJob, at: InsertAt): EnqueuedJob {
          return super.insertOne({ ...job, data: job.data.replaceAll(/\\ud[89a-f][0-9a-f]{2}/g, "\\ufffd") }, at);
        }
      })(),
    caughtBy: ["data › BM-166 keeps lone surrogates"],
  },
  {
    what: "throws at data that cannot be read",
    open: () =>
      new (class extends NaiveJobStore {
        protected override record(row: NaiveRow): JobRecord {
          JSON.parse(row.data);
          return super.record(row);
        }
      })(),
    caughtBy: [
      'data › BM-044 hands out a row whose data is "{" with that text beside it',
      "expired › BM-044 lists a claim whose data cannot be read, and those after it",
    ],
  },
  {
    what: "stores a list as far as it comes",
    open: () =>
      new (class extends NaiveJobStore {
        override async insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
          return jobs.map((job) => this.insertOne(job, at));
        }
      })(),
    caughtBy: [
      "insert › R10 stores none of a list when one of it cannot be",
      "insert › BM-068 refuses a runAt that is no instant, and the whole list with it",
      "transactions › R9 refuses what is no transaction of its kind, and stores nothing",
    ],
  },
  {
    what: "purges by when a job was enqueued",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isPurged(row: NaiveRow, statuses: readonly JobStatus[], before: Date): boolean {
          return statuses.includes(row.status) && row.createdAt < before;
        }
      })(),
    caughtBy: ["purge › BM-214 goes by when a job ended, not by when it was enqueued"],
  },
  {
    what: "purges what ended at the very instant, too",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isPurged(row: NaiveRow, statuses: readonly JobStatus[], before: Date): boolean {
          return super.isPurged(row, statuses, new Date(+before + 1));
        }
      })(),
    caughtBy: ["purge › R29 keeps a job that ended at the instant given + 0 ms"],
  },
  {
    what: "purges whatever is old",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isPurged(row: NaiveRow, _: readonly JobStatus[], before: Date): boolean {
          return row.updatedAt < before;
        }
      })(),
    caughtBy: [
      "purge › BM-215 deletes no job that has not ended",
      "purge › BM-215 deletes no job that will be retried, or is",
    ],
  },
  {
    what: "counts the failed jobs that it skips",
    open: () =>
      new (class extends NaiveJobStore {
        override async retryFailed(request: Parameters<JobStore["retryFailed"]>[0]): Promise<number> {
          const failed = (await this.list({ status: "failed", limit: 1000 })).length;
          await super.retryFailed(request);
          return Math.min(failed, request.limit ?? failed);
        }
      })(),
    caughtBy: ["retryFailed › R8 skips a job whose key another live job holds, and does not count it"],
  },
  {
    what: "keeps the attempts of a job retried by hand",
    open: () =>
      new (class extends NaiveJobStore {
        protected override makeNew(row: NaiveRow, now: Date): void {
          const { attempts } = row;
          super.makeNew(row, now);
          row.attempts = attempts;
        }
      })(),
    caughtBy: ["retry › BM-076 counts attempts from one again"],
  },
  {
    what: "cancels running jobs",
    open: () =>
      new (class extends NaiveJobStore {
        override async remove(id: string): Promise<"removed" | "missing" | JobStatus> {
          this.rows = this.rows.filter((row) => row.id !== id);
          return "removed";
        }
      })(),
    caughtBy: ["remove › R30 leaves a running job to its worker", "remove › R30 says that there is no such job"],
  },
  {
    what: "pages by when a job was enqueued",
    open: () =>
      new (class extends NaiveJobStore {
        override async list({ beforeSeq, ...filter }: JobFilter): Promise<readonly JobRecord[]> {
          const last = this.rows.find((row) => row.seq === beforeSeq);
          const all = await super.list({ ...filter, limit: 10_000 });
          const rest = all.filter((job) => last === undefined || job.createdAt < last.createdAt);
          return rest.slice(0, filter.limit ?? 50);
        }
      })(),
    caughtBy: ["list › BM-192 pages through jobs of one instant without missing one"],
  },
  {
    what: "sleeps past overdue jobs",
    open: () =>
      new (class extends NaiveJobStore {
        override async nextRunAt(request: Parameters<JobStore["nextRunAt"]>[0]): Promise<Date | null> {
          const last = this.rows.at(-1)?.createdAt ?? new Date(0);
          const future = this.rows.filter(
            (row) => row.status === "pending" && row.runAt >= last && this.isIn(row, request.queues),
          );
          return future.length === 0 ? null : new Date(Math.min(...future.map((row) => +row.runAt)));
        }
      })(),
    caughtBy: ["nextRunAt › is in the past where a job is overdue"],
  },
  {
    what: "enqueues in a transaction as if there were none",
    open: () =>
      new (class extends NaiveJobStore {
        override insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
          return super.insert(jobs, { ...at, transaction: undefined });
        }
      })(),
    caughtBy: [
      "transactions › BM-212 stores nothing when the transaction is rolled back",
      "transactions › BM-212 lets nobody see or run a job before its transaction commits",
      "transactions › R9 refuses what is no transaction of its kind, and stores nothing",
    ],
  },
];
