// What can be made to go wrong, as a test's compiler sees it.

import { Job } from "wheelwright";
import { checkIdempotent, createTestKit, explore } from "wheelwright/testing";

class ChargeJob extends Job<{ orderId: number }> {
  perform(): void {}
}

interface Gateway {
  readonly url: string;
  charge(orderId: number): Promise<void>;
}

declare const gateway: Gateway;
const kit = await createTestKit({ jobs: [ChargeJob] });

kit.faults
  .crash(ChargeJob)
  .crash(ChargeJob, { at: "claim", nth: 2 })
  .crash(ChargeJob, { after: [gateway, "charge"] })
  .loseLease(ChargeJob, { before: [gateway, "charge"] })
  .duplicate(ChargeJob)
  .failStore(["claim", "settle"], { when: "after", times: 2 })
  .rollback()
  .storeAway("10s")
  .skewClock("-5s");

// @ts-expect-error: a method of the effect
kit.faults.crash(ChargeJob, { before: [gateway, "refund"] });
// @ts-expect-error: a property is no call
kit.faults.crash(ChargeJob, { before: [gateway, "url"] });
// @ts-expect-error: one point, not two
kit.faults.crash(ChargeJob, { at: "claim", after: [gateway, "charge"] });
// @ts-expect-error: a call of the store
kit.faults.failStore("write");
// @ts-expect-error: a bare number has no unit
kit.faults.storeAway(10);

const [slow, quick] = kit.workers("slow", "quick");
await slow.claim({ queue: "mail" });
(await quick.settle()) satisfies "completed" | "retried" | "failed" | "released" | "lost" | "unsettled";
kit.workers(3).map(({ name }) => name);

// @ts-expect-error: a name or a number of workers
kit.workers(true);

const world = { reset: () => undefined, observe: () => [1], enqueue: () => ChargeJob.enqueue({ orderId: 1 }) };
await checkIdempotent({ ...world, jobs: [ChargeJob], effects: { gateway } });
await checkIdempotent({ ...world, jobs: [ChargeJob], effects: [gateway] });
await explore({
  jobs: [ChargeJob],
  scenario: (kit) => kit.now(),
  invariant: () => true,
  effects: [gateway],
  faults: {},
});

// @ts-expect-error: what is observed has to be told
await checkIdempotent({ jobs: [ChargeJob], effects: [], reset: world.reset, enqueue: world.enqueue });
// @ts-expect-error: those that may not be are left out
await explore({ jobs: [ChargeJob], scenario: () => 1, invariant: () => true, faults: { crash: false } });
// @ts-expect-error: a fault that there is
await explore({ jobs: [ChargeJob], scenario: () => 1, invariant: () => true, faults: { fire: true } });
