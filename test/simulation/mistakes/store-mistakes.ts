// Stores with one rule of the protocol broken each, as a tired programmer might.

import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, NewJob } from "../../../src/job/record.ts";
import type { ClaimKey, ClaimRequest, InsertAt, JobStore } from "../../../src/store/job-store.ts";
import { NaiveJobStore, type NaiveRow } from "../../store/memory/naive-job-store.ts";
import type { Mistake } from "./mistake.ts";

const LEASE_MS = 10_000;

export const STORE_MISTAKES: readonly Mistake[] = [
  {
    name: "claim without a new token",
    open: () =>
      new (class extends NaiveJobStore {
        protected override newToken(row: NaiveRow): string {
          return `${row.seq}`;
        }
      })(),
  },
  {
    name: "claim hands out what is claimed already",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isDue(row: NaiveRow, now: Date): boolean {
          return super.isDue(row, now) || (row.status === "processing" && row.attempts === 1 && +row.runAt <= +now);
        }
      })(),
  },
  {
    name: "runAt compared with <",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isDue(row: NaiveRow, now: Date): boolean {
          return super.isDue(row, now) && +row.runAt < +now;
        }
      })(),
  },
  {
    name: "claims in order of runAt, whatever the priority",
    open: () =>
      new (class extends NaiveJobStore {
        protected override compare(a: NaiveRow, b: NaiveRow): number {
          return +a.runAt - +b.runAt || a.seq - b.seq;
        }
      })(),
  },
  {
    name: "attempts counted at failure",
    open: () =>
      new (class extends NaiveJobStore {
        protected override hold(row: NaiveRow, request: ClaimRequest): Claim {
          const claim = super.hold(row, request);
          row.attempts--;
          return claim;
        }
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          if (outcome.type !== "released") row.attempts++;
          super.write(row, outcome, now);
        }
      })(),
  },
  {
    name: "settle guarded by the worker, not by the token",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holds(row: NaiveRow, claim: ClaimKey): boolean {
          return row.status === "processing" && row.id === claim.id && row.lockedBy === claim.lockedBy;
        }
      })(),
  },
  {
    name: "settle without a guard",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holds(row: NaiveRow, claim: ClaimKey): boolean {
          return row.id === claim.id;
        }
      })(),
  },
  {
    name: "settle sent again is lost",
    open: () =>
      new (class extends NaiveJobStore {
        protected override wasWritten(): boolean {
          return false;
        }
      })(),
  },
  {
    name: "lease end compared with <",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isOver(row: NaiveRow, now: Date): boolean {
          return row.status === "processing" && +(row.lockedUntil ?? 0) < +now;
        }
      })(),
  },
  {
    name: "rescue that ignores heartbeats",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isOver(row: NaiveRow, now: Date): boolean {
          return row.status === "processing" && +(row.startedAt ?? 0) + LEASE_MS <= +now;
        }
      })(),
  },
  {
    name: "rescue takes a lease that was extended since it was read",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isSameLease(): boolean {
          return true;
        }
      })(),
  },
  {
    name: "rescue passes over the last attempt",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isOver(row: NaiveRow, now: Date): boolean {
          return super.isOver(row, now) && row.attempts < row.maxRetries;
        }
      })(),
  },
  {
    name: "heartbeat of a lost claim is accepted",
    open: () =>
      new (class extends NaiveJobStore {
        override async extend(claim: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
          const row = this.rows.find(({ id, status }) => id === claim.id && status === "processing");
          if (row === undefined) return "lost";
          row.lockedUntil = new Date(+extension.now + extension.leaseMs);
          return "held";
        }
      })(),
  },
  {
    name: "release without giving the attempt back",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          if (outcome.type === "released") row.attempts++;
          super.write(row, outcome, now);
        }
      })(),
  },
  {
    name: "retry loses lastError",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          super.write(row, outcome, now);
          if (outcome.type === "retry") row.lastError = null;
        }
      })(),
  },
  {
    name: "unique key freed at the claim",
    open: () =>
      new (class extends NaiveJobStore {
        protected override hold(row: NaiveRow, request: ClaimRequest): Claim {
          row.holdsKey = false;
          return super.hold(row, request);
        }
      })(),
  },
  {
    name: "unique key never freed",
    open: () =>
      new (class extends NaiveJobStore {
        protected override write(row: NaiveRow, outcome: Outcome, now: Date): void {
          const { holdsKey } = row;
          super.write(row, outcome, now);
          row.holdsKey = holdsKey;
        }
      })(),
  },
  {
    name: "unique key looked for in pending jobs only",
    open: () =>
      new (class extends NaiveJobStore {
        protected override holderOf(uniqueKey: string | null): NaiveRow | undefined {
          const holder = super.holderOf(uniqueKey);
          return holder?.status === "pending" ? holder : undefined;
        }
      })(),
  },
  {
    name: "a given id that exists is made anew",
    open: () =>
      new (class extends NaiveJobStore {
        protected override insertOne(job: NewJob, at: InsertAt): EnqueuedJob {
          const isTaken = this.rows.some(({ id }) => id === job.id);
          return super.insertOne(isTaken ? { ...job, idGiven: false, id: `${job.id}${this.seq}` } : job, at);
        }
      })(),
  },
  {
    name: "a batch stores all but its last job",
    open: () =>
      new (class extends NaiveJobStore {
        override async insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
          const answers = await super.insert(jobs, at);
          if (jobs.length > 1) this.rows.pop();
          return answers;
        }
      })(),
  },
  {
    name: "retry by hand keeps the attempts",
    open: () =>
      new (class extends NaiveJobStore {
        protected override makeNew(row: NaiveRow, now: Date): void {
          const { attempts } = row;
          super.makeNew(row, now);
          row.attempts = attempts;
        }
      })(),
  },
  {
    name: "purge takes failed jobs that were retried",
    open: () =>
      new (class extends NaiveJobStore {
        protected override isPurged(row: NaiveRow, statuses: readonly JobRecord["status"][], before: Date): boolean {
          return super.isPurged(row, statuses, before) || (row.status === "pending" && row.lastError !== null);
        }
      })(),
  },
  {
    name: "cancel takes a job that runs",
    open: () =>
      new (class extends NaiveJobStore {
        override async remove(id: string): Promise<"removed" | "missing" | JobRecord["status"]> {
          const row = this.rows.find((each) => each.id === id);
          if (row?.status !== "processing") return super.remove(id);
          this.rows = this.rows.filter((each) => each !== row);
          return "removed";
        }
      })(),
  },
];
