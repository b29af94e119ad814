// Tests of a user who never disposes a kit, and forgets to await: vitest with `globals: true` runs them, see
// runner-hooks.test.ts.

import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { forgetsProofs } from "./forgets-proofs.ts";

declare const test: (name: string, fn: () => Promise<void>) => void;

const Mail = defineJob<{ to: string }>("MailJob", {}, () => undefined);

test("first, which leaves its kit open", async () => {
  await createTestKit({ jobs: [Mail], leftovers: "ignore" });
  await Mail.enqueue({ to: "ada" });
});

test("second, which would find two open kits", async () => {
  const kit = await createTestKit({ jobs: [Mail] });
  await Mail.enqueue({ to: "bob" });
  await kit.drain();
});

test("third, which fails at its end", async () => {
  const kit = await createTestKit({ jobs: [Mail] });
  kit.expectFailure(Mail);
});

test("fourth, which disposes its kit itself", async () => {
  const kit = await createTestKit({ jobs: [Mail] });
  await kit.dispose();
});

forgetsProofs(test);
