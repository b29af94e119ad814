// Tables for a store's contract: one that is emptied for each test, and a new one for a test of `setup` itself.

import type { OpenRequest } from "../../src/contract/index.ts";

/** Making a table and its indexes for each test takes most of a run. `empty` gets the name of one that was made. */
export function tables(
  prefix: string,
  empty: (table: string) => Promise<unknown>,
): (request: OpenRequest) => Promise<string> {
  const shared = `${prefix}_0`;
  let made = 0;
  let isShared = false;
  return async ({ untouched }) => {
    if (untouched) return `${prefix}_${++made}`;
    if (isShared) await empty(shared);
    isShared = true;
    return shared;
  };
}
