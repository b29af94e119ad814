// Makes random calls on a store, and gives its answers in a form that can be compared with another store's.

import type { Claim, NewJob } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { instant, type StoreCommand, type StoreDraft } from "./store-commands.ts";

/** From where to look, in the counts of the commands. */
interface Look {
  readonly now: number;
  readonly limit: number;
  readonly beforeSeq: number;
  readonly queues: readonly string[] | undefined;
}

/** Plays commands on one store, remembering its jobs and claims. Two players of one list can be compared call by call. */
export class StorePlayer {
  readonly #store: JobStore;
  readonly #ids: string[] = [];
  readonly #claims: Claim[] = [];
  /** The store's seq of each job, in the order of the inserts: gaps between them are the store's own affair. */
  readonly #seqs: number[] = [];
  #made = 0;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** What the store answered, but for tokens, which are each store's own. */
  async play(command: StoreCommand): Promise<unknown> {
    return this.#counted(await this.#call(command));
  }

  async #call(command: StoreCommand): Promise<unknown> {
    const store = this.#store;
    const now = instant(command.now);
    switch (command.call) {
      case "insert": {
        const jobs = command.jobs.map((draft) => this.#job(draft));
        const answers = await store.insert(jobs, { now });
        this.#ids.push(...answers.map((answer) => answer.id));
        for (const { seq } of answers) if (!this.#seqs.includes(seq)) this.#seqs.push(seq);
        return answers;
      }
      case "due":
        return store.due({ limit: command.limit, now, queues: command.queues });
      case "claim":
        return this.#remember(await store.claim({ ...command, now, workerId: `w${command.limit % 2}` }));
      case "claimOne":
        return this.#remember(
          await store.claim({ id: this.#id(command.job), limit: 1, now, workerId: "w", leaseMs: command.leaseMs }),
        );
      case "extend": {
        const claim = this.#claim(command.claim);
        if (claim === undefined) return null;
        const { done, leaseMs } = command;
        const progress = {
          processed: done ?? 0,
          total: 3,
          percentage: 0,
          status: "processing",
          message: null,
        } as const;
        return store.extend(claim, { now, leaseMs, ...(done === null ? {} : { progress }) });
      }
      case "settle": {
        const claim = this.#claim(command.claim);
        return claim === undefined ? null : store.settle(claim, command.outcome, { now, expired: command.expired });
      }
      case "expired": {
        const after = command.after === null ? undefined : this.#claim(command.after);
        const page = { now, limit: command.limit };
        return this.#remember(await store.expired(after === undefined ? page : { ...page, after }));
      }
      case "retry":
        return store.retry(this.#id(command.job), { now });
      case "remove":
        return store.remove(this.#id(command.job));
      case "get":
        return store.get(this.#id(command.job));
      case "retryFailed":
        return store.retryFailed({ ...command, now });
      case "purge":
        return store.purge({ ...command, before: now });
      case "look":
        return this.#look(command);
    }
  }

  /** Everything that can be read. */
  async look(from: Look): Promise<unknown> {
    return this.#counted(await this.#look(from));
  }

  async #look({ now, limit, beforeSeq, queues }: Look): Promise<unknown> {
    const store = this.#store;
    return {
      all: await store.list({ limit: 1000 }),
      page: await store.list({
        limit,
        beforeSeq: this.#seqs[beforeSeq] ?? Number.MAX_SAFE_INTEGER,
        queue: queues,
        status: ["pending", "failed"],
      }),
      due: await store.due({ limit: 1000, now: instant(now), queues }),
      stats: new Map([...(await store.stats({ queues }))].sort()),
      nextRunAt: await store.nextRunAt({ queues }),
      nextLeaseEndAt: await store.nextLeaseEndAt(),
      activity: await store.activity({ queues, since: instant(now), recent: limit }),
    };
  }

  #job({ id, runAt, ...rest }: StoreDraft): NewJob {
    const made = ++this.#made;
    return {
      id: id ?? `made-${made}`,
      idGiven: id !== undefined,
      jobClass: "SendEmailJob",
      data: JSON.stringify({ made }),
      maxRetries: 3,
      timeout: 300,
      carried: null,
      runAt: instant(runAt),
      ...rest,
    };
  }

  /** The answer, with the place among all jobs instead of each seq. */
  #counted(answer: unknown): unknown {
    if (Array.isArray(answer)) return answer.map((each: unknown) => this.#counted(each));
    if (answer === null || typeof answer !== "object" || answer instanceof Date || answer instanceof Map) return answer;
    const entries = Object.entries(answer).map(([key, value]: [string, unknown]) => {
      if (key === "seq") return [key, this.#seqs.indexOf(value as number)]; // `as`: a record's
      return [key, key === "data" ? value : this.#counted(value)];
    });
    return Object.fromEntries(entries);
  }

  #id(index: number): string {
    return this.#ids[index % Math.max(this.#ids.length, 1)] ?? "nobody";
  }

  #claim(index: number): Claim | undefined {
    return this.#claims[index % Math.max(this.#claims.length, 1)];
  }

  #remember(claims: readonly Claim[]): unknown {
    this.#claims.push(...claims);
    return claims.map(({ token: _, ...record }) => record);
  }
}
