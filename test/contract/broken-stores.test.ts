// The contract fails a store that breaks a rule, and by the test that names the rule.

import { describe, expect, it } from "vitest";
import type { TransactionSupport } from "../../src/contract/index.ts";
import { BROKEN_STORES } from "./broken-stores.ts";
import { collectContract } from "./collect.ts";

/** What an app would do whose store takes no notice of transactions. */
const unnoticed: TransactionSupport = { run: (_, work) => work({}) };

describe("the contract", () => {
  for (const { what, open, caughtBy } of BROKEN_STORES) {
    it(`fails a store that ${what}`, async () => {
      const tests = collectContract(open, { transaction: unnoticed });

      for (const name of caughtBy) {
        const test = tests.get(name);
        expect(test, `the contract has no test "${name}"`).toBeDefined();
        await expect(test?.(), name).rejects.toThrow();
      }
    });
  }
});
