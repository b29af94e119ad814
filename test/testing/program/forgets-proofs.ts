// Tests that call a proof and do not await it, or do: see runner-hooks.test.ts.

import { defineJob } from "wheelwright";
import { checkIdempotent, explore } from "wheelwright/testing";

let sent = 0;
const mailer = { send: async (): Promise<void> => void sent++ };
const Mail = defineJob<object>("MailJob", {}, () => mailer.send());

const check = (): Promise<unknown> =>
  checkIdempotent({
    jobs: [Mail],
    enqueue: () => Mail.enqueue({}),
    reset: () => {
      sent = 0;
    },
    observe: () => sent,
    effects: { mailer },
  });

const search = (): Promise<unknown> =>
  explore({ jobs: [Mail], scenario: () => Mail.enqueue({}), invariant: () => true, faults: {}, runs: 3 });

export function forgetsProofs(test: (name: string, fn: () => Promise<void>) => void): void {
  test("forgets a check", async () => {
    void check();
  });

  test("forgets a search, which holds", async () => {
    const forgotten = search();
    await search();
    void forgotten;
  });

  test("forgets a check, which is refused meanwhile", async () => {
    void checkIdempotent({ jobs: [Mail], enqueue: 7 } as never); // `as`: what JavaScript may hand in
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("looks at a check, and does not wait for it", async () => {
    check().catch(() => undefined);
  });

  test("awaits a search, and the failure of a check", async () => {
    await search();
    await check().catch(() => undefined);
  });
}
