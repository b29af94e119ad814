// The CommonJS build, loaded before sinon fakes every timer, the module node:timers included: nothing may hang. But for
// process.nextTick where a database's server answers: Node.js itself moves what it says with that.

const sinon = require("sinon");
const { defineJob } = require("wheelwright");
const { createTestKit } = require("wheelwright/testing");

const Hanging = defineJob("HangingJob", {}, () => new Promise(() => undefined));
const Sleeper = defineJob("SleeperJob", {}, async (_data, context) => {
  await context.sleep("1m");
});

async function main() {
  const isServer = /^(postgres|mysql|pglite)/.test(process.env.WHEELWRIGHT_STORE ?? "");
  const clock = sinon.useFakeTimers(isServer ? { toNotFake: ["nextTick"] } : {});
  const kit = await createTestKit({ jobs: [Hanging, Sleeper], stuckAfter: "5ms", leftovers: "ignore" });
  await Sleeper.enqueue();
  const { completed } = await kit.advance("1m");
  await Hanging.enqueue();
  const { code } = await kit.drain().catch((error) => error);
  await kit.dispose();
  clock.restore();
  process.stdout.write(`${completed} completed, then ${code}`);
}

void main();
