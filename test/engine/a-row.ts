// A row that no enqueue of today would have made.

import type { NewJob } from "wheelwright";
import { START } from "./an-app.ts";

/** A row as an older version of an app, or somebody by hand, may have left it. */
export function aRow(row: Partial<NewJob> & Pick<NewJob, "jobClass">): NewJob {
  return {
    id: "0198c0de-0000-7000-8000-000000000001",
    idGiven: false,
    queue: "default",
    data: "{}",
    priority: 0,
    maxRetries: 3,
    timeout: 300,
    runAt: START,
    uniqueKey: null,
    uniqueWhile: "live",
    carried: null,
    ...row,
  };
}
