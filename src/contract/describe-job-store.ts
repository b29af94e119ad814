// The contract of a job store, as tests for any runner: the same list on every store.

import { InvalidOptionError } from "../job/errors.ts";
import type { JobStore } from "../store/job-store.ts";
import { describeActivity } from "./activity.ts";
import { describeClaim } from "./claim.ts";
import { describeClaimFilters } from "./claim-filters.ts";
import { describeClaimOrder } from "./claim-order.ts";
import type { Contract, StoreTest, TestRunner, TestRunnerIt, TransactionSupport } from "./contract.ts";
import { describeData } from "./data.ts";
import { describeDue } from "./due.ts";
import { describeExpired } from "./expired.ts";
import { describeExtend } from "./extend.ts";
import { describeGivenIds } from "./given-ids.ts";
import { describeInsert } from "./insert.ts";
import { describeInsertLimits } from "./insert-limits.ts";
import { describeLifeCycle } from "./life-cycle.ts";
import { describeList } from "./list.ts";
import { describeNext } from "./next.ts";
import { describePurge } from "./purge.ts";
import { describeRaces } from "./races.ts";
import { describeReleased } from "./released.ts";
import { describeRemove } from "./remove.ts";
import { describeRescue } from "./rescue.ts";
import { describeRetry } from "./retry.ts";
import { describeRetryFailed } from "./retry-failed.ts";
import { describeSchedules } from "./schedules.ts";
import { describeSettle } from "./settle.ts";
import { describeSettleLost } from "./settle-lost.ts";
import { describeSettleMany } from "./settle-many.ts";
import { describeSettleTwice } from "./settle-twice.ts";
import { describeStats } from "./stats.ts";
import { describeTransactions } from "./transactions.ts";
import { describeUniqueKeys } from "./unique-keys.ts";
import { describeUniqueWhile } from "./unique-while.ts";

export interface DescribeJobStoreOptions {
  /** The runner's functions, where they are no globals: `describeJobStore(name, open, { describe, it })`. */
  readonly describe?: TestRunner["describe"];
  readonly it?: TestRunnerIt;
  /**
   * Another connection to the same jobs, as another process would have. Races are run across both; without it they
   * are run on the one store.
   */
  readonly openSecond?: (first: JobStore) => JobStore | Promise<JobStore>;
  /** Where an app can enqueue in a transaction of its own. */
  readonly transaction?: TransactionSupport;
}

/** What a test asks of the store it is given. */
export interface OpenRequest {
  /**
   * Whether nobody may have set it up yet, for tests of `setup` itself. Any other store may be one whose tables are
   * there and have been emptied, which is far quicker than making them for each test.
   */
  readonly untouched: boolean;
}

const SECTIONS: readonly ((contract: Contract) => void)[] = [
  describeLifeCycle,
  describeInsert,
  describeInsertLimits,
  describeData,
  describeGivenIds,
  describeUniqueKeys,
  describeUniqueWhile,
  describeDue,
  describeClaim,
  describeClaimFilters,
  describeClaimOrder,
  describeRaces,
  describeExtend,
  describeSettle,
  describeReleased,
  describeSettleLost,
  describeSettleTwice,
  describeSettleMany,
  describeExpired,
  describeRescue,
  describeNext,
  describeRetry,
  describeRetryFailed,
  describePurge,
  describeRemove,
  describeList,
  describeStats,
  describeActivity,
  describeTransactions,
  describeSchedules,
];

/**
 * Describes a store by everything a job store must do. Rules carry their number (`R24`), regressions the name of the
 * bug they keep out (`BM-020`).
 *
 * ```ts
 * import { describe, it } from "vitest";
 * describeJobStore("my store", () => new MyJobStore(), { describe, it });
 * ```
 * `open` gives a store without jobs for each test; the contract closes it.
 * Throws: InvalidOptionError where neither the options nor the globals have `describe` and `it`.
 */
export function describeJobStore(
  name: string,
  open: (request: OpenRequest) => JobStore | Promise<JobStore>,
  options: DescribeJobStoreOptions = {},
): void {
  const runner = runnerOf(options);
  runner.describe(`the job store contract: ${name}`, () => {
    for (const section of SECTIONS) section(contractOf(runner, open, options));
  });
}

function contractOf(
  runner: TestRunner,
  open: (request: OpenRequest) => JobStore | Promise<JobStore>,
  { openSecond, transaction }: DescribeJobStoreOptions,
): Contract {
  async function withStores(request: OpenRequest, body: StoreTest): Promise<void> {
    const opened: JobStore[] = [];
    try {
      const store = await open(request);
      opened.push(store);
      if (!request.untouched) await store.setup();
      const second = openSecond === undefined ? store : await openSecond(store);
      if (second !== store) opened.push(second);
      await body(store, second);
    } finally {
      for (const store of opened.reverse()) await store.close();
    }
  }

  return {
    describe: (name, body) => {
      runner.describe(name, body);
    },
    it: (name, body) => {
      runner.it(name, () => withStores({ untouched: false }, body));
    },
    itUntouched: (name, body) => {
      runner.it(name, () => withStores({ untouched: true }, body));
    },
    itWithTransactions: (name, body) => {
      if (transaction === undefined) {
        runner.it.skip?.(name, async () => {});
        return;
      }
      runner.it(name, () =>
        withStores({ untouched: false }, (store, second) =>
          body(store, second, (work) => transaction.run(store, work)),
        ),
      );
    },
  };
}

function runnerOf(options: DescribeJobStoreOptions): TestRunner {
  const globals = globalThis as { readonly describe?: TestRunner["describe"]; readonly it?: TestRunnerIt };
  const describe = options.describe ?? globals.describe;
  const it = options.it ?? globals.it;
  if (typeof describe === "function" && typeof it === "function") return { describe, it };
  throw new InvalidOptionError(
    "describeJobStore's runner",
    undefined,
    "functions `describe` and `it`, as globals or as options: describeJobStore(name, open, { describe, it })",
  );
}
