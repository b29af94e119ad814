// Jobs in Redis: the calls of a JobStore, each of them one script.

import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import {
  type Activity,
  type Claim,
  type EnqueuedJob,
  type JobRecord,
  type JobStore,
  type NewJob,
  type StatusCounts,
  StoreUnavailableError,
  TransactionNotSupportedError,
  WheelwrightError,
} from "wheelwright";
import { type FlatRow, instant, toClaim, toEnqueued, toFields, toRecord } from "./row.ts";

type Request<Verb extends keyof JobStore> = Parameters<Extract<JobStore[Verb], (...args: never[]) => unknown>>;

const SCRIPT = readFileSync(new URL("./jobs.lua", import.meta.url), "utf8");

/** ioredis sends the script by its hash, and whole where the server does not know it yet. */
type WithScript = Redis & { wheelwright(prefix: string, call: string, given: string): Promise<unknown> };

/** The app's own client is handed in; the store closes nothing that it has not opened. */
export class RedisJobStore implements JobStore {
  readonly name = "redis";
  readonly #redis: WithScript;
  readonly #prefix: string;
  #isClosed = false;

  /** `prefix`: what the keys of this store begin with. */
  constructor(redis: Redis, { prefix = "wheelwright" }: { readonly prefix?: string } = {}) {
    redis.defineCommand("wheelwright", { numberOfKeys: 1, lua: SCRIPT });
    this.#redis = redis as WithScript; // `as`: defined above
    this.#prefix = `{${prefix}}`;
  }

  async setup(): Promise<void> {
    await this.#call("set up", "stats", {});
  }

  async insert(jobs: readonly NewJob[], { now, newId, transaction }: Request<"insert">[1]): Promise<EnqueuedJob[]> {
    if (transaction !== undefined)
      throw new TransactionNotSupportedError("Redis has no transaction that an app could begin and this store join.");
    const wanted = jobs.map(toFields);
    for (;;) {
      const given = { jobs: wanted, now: instant(now) };
      const [outcome, answers] = await this.#call<[string, never]>("enqueue", "insert", given);
      if (outcome === "stored")
        return (answers as readonly [string, FlatRow][]).map(([how, row]) => toEnqueued(how, row));
      // An id that was made exists already (R7).
      const place = Number(answers);
      wanted[place] = { ...wanted[place], id: newId?.() ?? "" };
    }
  }

  async due({ queues, limit, now }: Request<"due">[0]): Promise<JobRecord[]> {
    return (await this.#rows("list due jobs", "due", { queues, limit: finite(limit), now: instant(now) })).map(
      toRecord,
    );
  }

  async claim({ queues, limit, now, workerId, leaseMs, id }: Request<"claim">[0]): Promise<Claim[]> {
    const until_ = String(now.getTime() + leaseMs);
    const given = { queues, limit: finite(limit), now: instant(now), workerId, until_, id };
    return (await this.#rows("claim jobs", "claim", given)).map(toClaim);
  }

  extend(claim: Request<"extend">[0], { now, leaseMs, progress }: Request<"extend">[1]): Promise<"held" | "lost"> {
    const until_ = String(now.getTime() + leaseMs);
    const given = { ...keyOf(claim), now: instant(now), until_, progress: progress && JSON.stringify(progress) };
    return this.#call("extend a lease", "extend", given);
  }

  async settle(...[claim, outcome, { now, expired }]: Request<"settle">): Promise<"settled" | "lost"> {
    const runAt = outcome.type === "retry" ? instant(outcome.runAt) : undefined;
    const error = "error" in outcome ? outcome.error : undefined;
    const lockedUntil = expired === true && claim.lockedUntil !== null ? instant(claim.lockedUntil) : undefined;
    const given = { ...keyOf(claim), type: outcome.type, runAt, error, lockedUntil, now: instant(now) };
    return this.#call("settle a job", "settle", given);
  }

  async expired({ now, limit, after }: Request<"expired">[0]): Promise<Claim[]> {
    const place = after?.lockedUntil == null ? undefined : after;
    const given = {
      now: instant(now),
      limit: finite(limit),
      from: place?.lockedUntil == null ? "-inf" : instant(place.lockedUntil),
      after: place && `${String(place.seq).padStart(16, "0")}:${place.id}`,
    };
    return (await this.#rows("look for expired leases", "expired", given)).map(toClaim);
  }

  async nextRunAt({ queues }: Request<"nextRunAt">[0]): Promise<Date | null> {
    return dateOrNull(await this.#call("look for the next job", "nextRunAt", { queues }));
  }

  async nextLeaseEndAt(): Promise<Date | null> {
    return dateOrNull(await this.#call("look for the next lease end", "nextLeaseEndAt", {}));
  }

  async get(id: string): Promise<JobRecord | null> {
    const row = await this.#call<FlatRow>("get a job", "get", { id });
    return row.length === 0 ? null : toRecord(row);
  }

  async list({ status, queue, jobClass, uniqueKey, limit = 50, beforeSeq }: Request<"list">[0]): Promise<JobRecord[]> {
    const some = (wanted: string | readonly string[] | undefined) => wanted && [wanted].flat();
    const given = {
      status: some(status),
      queue: some(queue),
      jobClass: some(jobClass),
      uniqueKey,
      limit: finite(limit),
      below: beforeSeq === undefined ? "+inf" : `(${beforeSeq}`,
    };
    return (await this.#rows("list jobs", "list", given)).map(toRecord);
  }

  async stats({ queues }: Request<"stats">[0]): Promise<ReadonlyMap<string, StatusCounts>> {
    const flat = await this.#call<readonly string[]>("count jobs", "stats", {});
    const counts = new Map<string, StatusCounts>();
    for (let index = 0; index < flat.length; index += 2) {
      const [status = "", ...rest] = (flat[index] ?? "").split(" ");
      const queue = rest.join(" ");
      if (queues !== undefined && !queues.includes(queue)) continue;
      const before = counts.get(queue) ?? { pending: 0, processing: 0, completed: 0, failed: 0 };
      counts.set(queue, { ...before, [status]: Number(flat[index + 1]) });
    }
    return counts;
  }

  async activity({ queues, since, recent }: Request<"activity">[0]): Promise<Activity> {
    type Ended = readonly [member: string, status: string, at: string, startedAt: string];
    const given = { since: instant(since), queues };
    const ended = await this.#call<readonly Ended[]>("report activity", "ended", given);
    const completed = ended.filter(([, status]) => status === "completed");
    const totalMs = completed.reduce((sum, [, , at, startedAt]) => sum + Number(at) - Number(startedAt), 0);
    // Latest first; of one instant the member with the highest seq.
    const latest = [...ended].sort((a, b) => Number(b[2]) - Number(a[2]) || (a[0] < b[0] ? 1 : -1)).slice(0, recent);
    const ids = latest.map(([member]) => member.slice(17));
    return {
      completed: completed.length,
      failed: ended.length - completed.length,
      meanDurationMs: completed.length === 0 ? null : totalMs / completed.length,
      oldestPendingAt: await this.nextRunAt({ queues }),
      recent: (await this.#rows("report activity", "rows", { ids })).filter((row) => row.length > 0).map(toRecord),
    };
  }

  async retry(id: string, { now }: Request<"retry">[1]): ReturnType<JobStore["retry"]> {
    type Answer = readonly [type: "retried" | "missing" | "not-failed" | "key-taken", first: string, second: string];
    const [type, first, holder] = await this.#call<Answer>("retry a job", "retry", { id, now: instant(now) });
    if (type === "not-failed") return { type, status: first as JobRecord["status"] }; // `as`: written by jobs.lua
    return type === "key-taken" ? { type, uniqueKey: first, holder } : { type };
  }

  retryFailed({ queues, limit, now }: Request<"retryFailed">[0]): Promise<number> {
    const most = limit === undefined ? undefined : finite(limit);
    return this.#call("retry failed jobs", "retryFailed", { queues, limit: most, now: instant(now) });
  }

  /** In parts, so that a million rows do not hold up whoever else asks Redis for something. */
  async purge({ statuses, before, queues }: Request<"purge">[0]): Promise<number> {
    let count = 0;
    for (const status of statuses) {
      for (let skip = 0, isOver = false; !isOver; ) {
        const given = { status, before: instant(before), queues, skip };
        const [deleted, kept] = await this.#call<readonly [number, number]>("purge", "purge", given);
        count += deleted;
        skip += kept;
        isOver = deleted + kept === 0;
      }
    }
    return count;
  }

  remove(id: string): Promise<"removed" | "missing" | JobRecord["status"]> {
    return this.#call("cancel a job", "remove", { id });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #rows(verb: string, call: string, given: object): Promise<readonly FlatRow[]> {
    return this.#call(verb, call, given);
  }

  /** `as` is the caller's: jobs.lua answers what it says there. */
  async #call<T>(verb: string, call: string, given: object): Promise<T> {
    if (this.#isClosed) throw new StoreUnavailableError(`Cannot ${verb}: the store is closed.`);
    try {
      return (await this.#redis.wheelwright(this.#prefix, call, JSON.stringify(given))) as T;
    } catch (error) {
      if (error instanceof WheelwrightError) throw error;
      throw new StoreUnavailableError(`Cannot ${verb}: Redis failed (${String(error)}).`, { cause: error });
    }
  }
}

function keyOf({ id, seq, token, lockedBy }: Request<"settle">[0]) {
  return { id, seq: String(seq), token, lockedBy: lockedBy ?? undefined };
}

/** JSON has no Infinity. */
function finite(limit: number): number {
  return Math.min(limit, Number.MAX_SAFE_INTEGER);
}

function dateOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(Number(text));
}
