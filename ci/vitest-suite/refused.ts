// What the compiler has to refuse on whichever vitest this is checked with. Never called.

import { expect } from "vitest";
import { defineJob } from "wheelwright";
import type { TestKit } from "wheelwright/testing";
import "wheelwright/vitest";

const greet = defineJob("GreetJob", {}, (_data: { name: string }) => undefined);

export async function refused(kit: TestKit): Promise<void> {
  // @ts-expect-error: the data of another job
  await expect(kit).toHaveEnqueued(greet, { to: "ada@example.org" });
  // @ts-expect-error: no such option
  await expect(kit).toHavePending(greet, {}, { que: "mail" });
  // @ts-expect-error: an instance where the class is asked for
  await expect(kit).not.toHaveRun(new greet());
}
