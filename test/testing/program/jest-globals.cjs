// Tests of a user who never disposes a kit: jest runs them on the build, see runner-hooks.test.ts.

const { defineJob } = require("wheelwright");
const { createTestKit, explore } = require("wheelwright/testing");

const Mail = defineJob("MailJob", {}, () => undefined);

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

test("fourth, which forgets a proof", async () => {
  void explore({ jobs: [Mail], scenario: () => Mail.enqueue({ to: "ada" }), invariant: () => true });
});

test("fifth, which fakes all timers", async () => {
  // A database's server is heard by way of process.nextTick, which Node.js itself calls.
  const isServer = /^(postgres|mysql|pglite)/.test(process.env.WHEELWRIGHT_STORE ?? "");
  jest.useFakeTimers(isServer ? { doNotFake: ["nextTick"] } : {});
  const Sleeper = defineJob("SleeperJob", {}, async (_data, context) => {
    await context.sleep("1h");
  });
  const kit = await createTestKit({ jobs: [Sleeper], defaults: { timeout: 7200 } });
  await Sleeper.enqueue();
  await kit.drain();
  await kit.advance("1h");
  expect(kit.events({ type: "completed" })).toHaveLength(1);
  jest.useRealTimers();
});
