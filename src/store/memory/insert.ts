// Storing new jobs, all or none, and answering those that are there already with their row (R7, R8, R10).

import { InvalidOptionError } from "../../job/errors.ts";
import type { EnqueuedJob, NewJob } from "../../job/record.ts";
import type { InsertAt } from "../job-store.ts";
import type { JobTable } from "./job-table.ts";
import { newRow, type Row, runAtOf, toEnqueued } from "./row.ts";
import type { OpenTransaction } from "./transaction.ts";
import type { Transactions } from "./transactions.ts";

const ID_ATTEMPTS = 100;

export interface Into {
  readonly table: JobTable;
  readonly transactions: Transactions;
  readonly transaction: OpenTransaction | null;
}

/** The caller has seen to it that no other transaction has taken what the jobs want. */
export function insert(jobs: readonly NewJob[], at: InsertAt, into: Into): EnqueuedJob[] {
  const { table } = into;
  const place = into.transaction ?? table;
  const now = at.now.getTime();
  const added: Row[] = [];
  try {
    return jobs.map((job) => {
      const twin = twinOf(job, into);
      if (twin !== undefined) return toEnqueued(twin, true);
      const id = freeId(job, at, into);
      const row = newRow(id, table.nextSeq(), job, runAtOf(job), now);
      place.add(row);
      added.push(row);
      return toEnqueued(row, false);
    });
  } catch (error) {
    for (const row of added) place.drop(row);
    throw error;
  }
}

/** The row that makes storing the job needless: the one of its given id, or the live holder of its key. */
function twinOf(job: NewJob, { table, transaction }: Into): Row | undefined {
  const twin = job.idGiven ? (transaction?.find(job.id) ?? table.find(job.id)) : undefined;
  if (twin !== undefined || job.uniqueKey === null) return twin;
  return transaction?.holderOf(job.uniqueKey) ?? table.holderOf(job.uniqueKey);
}

function freeId(job: NewJob, at: InsertAt, { table, transactions }: Into): string {
  let { id } = job;
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
    if (table.isFreeId(id) && !transactions.hasTakenId(id)) return id;
    if (at.newId === undefined) break;
    id = at.newId();
  }
  throw new InvalidOptionError("The id of a new job", id, "one that no job has; whoever makes the ids repeats them");
}
