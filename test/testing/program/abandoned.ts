// What a careless test leaves under way when it disposes its kit: the process has to end by itself, and quietly.

import { writeFileSync } from "node:fs";
import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";

process.on("unhandledRejection", (reason) => {
  writeFileSync(1, `unhandled: ${String(reason)}\n`);
});

const Again = defineJob("AgainJob", {}, async () => {
  await Again.enqueueIn(60, {});
});
const Sleeper = defineJob("SleeperJob", { timeout: 1e9 }, async (_data, { sleep }) => {
  await sleep("10000d");
});
const Forgetful = defineJob("ForgetfulJob", {}, () => {
  void new Promise((resolve) => setImmediate(resolve)).then(() => Again.enqueueIn(1, {})).catch(() => undefined);
});

const jobs = [Again, Sleeper, Forgetful];
for (const start of [
  (kit: Kit) => kit.advance("365d"),
  (kit: Kit) => kit.drainUntilIdle({ maxVirtualTime: "3650d", maxJobs: Number.POSITIVE_INFINITY }),
  (kit: Kit) => kit.jobs.processQueue({ limit: 100 }),
  (kit: Kit) => kit.perform(Sleeper, {}),
  (kit: Kit) => kit.waitFor(Sleeper, { never: true } as object, { within: "1h" }), // `as`: NoData has no such property
  (kit: Kit) => [kit.advance("1h"), kit.advance("1h"), kit.drain({ allowEmpty: true })],
]) {
  const kit = await createTestKit({ jobs, leftovers: "ignore" });
  await kit.run(async () => {
    await Again.enqueue();
    await Sleeper.enqueue();
    await Forgetful.enqueue();
  });
  const abandoned = start(kit);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  await kit.dispose().catch((error: Error) => writeFileSync(2, `${error.message}\n`));
  void abandoned;
}
writeFileSync(
  1,
  `handles: ${process.getActiveResourcesInfo().filter((name) => /timeout|immediate/i.test(name)).length}\n`,
);

type Kit = Awaited<ReturnType<typeof createTestKit>>;
