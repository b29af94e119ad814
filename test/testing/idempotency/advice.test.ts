// Which mend the message of checkIdempotent names, where the second delivery makes another call than the first.

import { describe, expect, it } from "vitest";
import { defineJob, type JobContext } from "wheelwright";
import { checkIdempotent } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";
import { aWorld } from "./usual-mistakes.ts";

const KEYED = "What is made anew in each delivery is no key.";
const DERIVED = "The second delivery goes on from what the first one left";

/** What checkIdempotent says of a handler that works on a set of keys, and on a number that is read and written. */
async function messageOf(perform: (context: JobContext, world: World) => Promise<void>): Promise<string> {
  const keys = new Set<string>();
  const { ledger } = aWorld();
  let balance = 0;
  const gateway = { charge: async (key: string) => void keys.add(key) };
  const account = {
    read: async () => balance,
    write: async (next: number) => {
      balance = next;
    },
  };
  const unwatched = { count: 0 };
  const world = { gateway, account, ledger, unwatched };
  const job = defineJob("ChargeJob", {}, (_data, context: JobContext) => perform(context, world));
  const check = checkIdempotent({
    jobs: [job],
    enqueue: () => job.enqueue(),
    reset: () => {
      keys.clear();
      balance = 0;
      unwatched.count = 0;
    },
    observe: () => ({ balance, keys: [...keys] }),
    effects: { gateway, account, ledger },
  });
  return (await rejection(check)).message;
}

interface World {
  readonly gateway: { charge(key: string): Promise<void> };
  readonly account: { read(): Promise<number>; write(next: number): Promise<void> };
  readonly ledger: { isPaid(orderId: number): Promise<boolean> };
  readonly unwatched: { count: number };
}

describe("the message of checkIdempotent", () => {
  it("names the call that has other arguments in the second delivery, where a key made of the attempt is observed", async () => {
    const message = await messageOf(({ job, attempt }, { gateway }) =>
      gateway.charge(`${job.id.slice(-4)}-${attempt}`),
    );

    expect(`\n${message}\n`).toMatchInlineSnapshot(`
      "
      ChargeJob must not be delivered again: gateway.charge is called with other arguments by the second delivery.

        dies      before gateway.charge("0318-1")

        observed  keys[0]  "0318-2"  unharmed "0318-1"

        called    gateway.charge("0318-2")
                  unharmed gateway.charge("0318-1")

        calls     ↯ the worker dies; the job is delivered again
                  gateway.charge("0318-2")

        mend      What is to come out the same is called the same in every delivery.
                    Is the attempt's number in it (context.attempt, job.attempts), or
                    the time? Make it of context.job.id, or of the job's data.
                  Or is it made of what the jobs change by an object that is not among
                    the effects? Add that object.

        points    3 of 3 points to die at fail; these fail as well:
                  after gateway.charge("0318-1")
                  when #1 ChargeJob has returned, before its outcome is stored
      "
    `);
  });

  it("names it also where a call came before that does no harm", async () => {
    const message = await messageOf(async ({ attempt }, { gateway, ledger }) => {
      await ledger.isPaid(7);
      await gateway.charge(`${attempt}`);
    });

    expect(message).toContain("gateway.charge is called with other arguments by the second delivery.");
    expect(message).toContain("dies      before ledger.isPaid(7)");
  });

  it("names an enqueue with other data in the second delivery", async () => {
    const mailed: number[] = [];
    const mail = defineJob<{ n: number }>("MailJob", {}, ({ n }) => void mailed.push(n));
    const job = defineJob("OrderJob", {}, async (_data, { attempt }: JobContext) => {
      await ledger.isPaid(7);
      await mail.enqueue({ n: attempt });
    });
    const { ledger } = aWorld();
    const error = await rejection(
      checkIdempotent({
        jobs: [job, mail],
        enqueue: () => job.enqueue(),
        reset: () => {
          mailed.length = 0;
        },
        observe: () => mailed,
        effects: { ledger },
      }),
    );

    expect(error.message).toContain("MailJob is enqueued with other arguments by the second delivery.");
  });

  it("speaks of an object that is no effect where that may be behind the other arguments", async () => {
    const message = await messageOf(async (_context, { account, unwatched }) => {
      unwatched.count++;
      await account.write(unwatched.count);
    });

    expect(message).toContain("Or is it made of what the jobs change by an object that is not among");
  });

  it("tells what is read, changed and written back from a key that is made anew", async () => {
    const message = await messageOf(async (_context, { account }) => account.write((await account.read()) + 1));

    expect(message).toContain("account.write is done twice.");
    expect(message).toContain(DERIVED);
    expect(message).not.toContain(KEYED);
  });
});
