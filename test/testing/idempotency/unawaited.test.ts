// checkIdempotent: a call that is not awaited is named, however quickly its effect answers.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { CannotJudgeError, checkIdempotent } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";

function aPost() {
  const sent = new Set<string>();
  const marks = new Set<string>();
  const mail = {
    async send(k: string) {
      await null;
      sent.add(k);
    },
  };
  const ledger = {
    async mark(k: string) {
      await null;
      marks.add(k);
    },
  };
  const reset = () => {
    sent.clear();
    marks.clear();
  };
  return { mail, ledger, reset, observe: () => ({ sent: [...sent], marks: [...marks] }) };
}

type Post = ReturnType<typeof aPost>;

function check(perform: (post: Post) => Promise<void>) {
  const post = aPost();
  const { mail, ledger, reset, observe } = post;
  const job = defineJob("PostJob", {}, () => perform(post));
  return checkIdempotent({ jobs: [job], enqueue: () => job.enqueue(), reset, observe, effects: { mail, ledger } });
}

const FORGETFUL: Readonly<Record<string, (post: Post) => Promise<void>>> = {
  "before an awaited one": async ({ mail, ledger }) => {
    void mail.send("a");
    await ledger.mark("a");
  },
  "behind an awaited one": async ({ mail, ledger }) => {
    await ledger.mark("a");
    void mail.send("a");
  },
  "beside one begun before": async ({ mail, ledger }) => {
    const marked = ledger.mark("a");
    void mail.send("a");
    await marked;
  },
  "and nothing else": async ({ mail }) => void mail.send("a"),
};

describe("checkIdempotent: calls that are not awaited", () => {
  it.each(Object.entries(FORGETFUL))("names one %s", async (_, perform) => {
    const error = await rejection(check(perform));

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toContain('its handler ended before mail.send("a") had answered');
  });

  it("names an enqueue on the last line", async () => {
    const { mail, ledger, reset, observe } = aPost();
    const next = defineJob("NextJob", {}, () => mail.send("a"));
    const job = defineJob("PostJob", {}, async () => {
      await ledger.mark("a");
      void next.enqueue({}, { id: "next" });
    });

    const error = await rejection(
      checkIdempotent({ jobs: [job, next], enqueue: () => job.enqueue(), reset, observe, effects: { mail, ledger } }),
    );

    expect(error).toBeInstanceOf(CannotJudgeError);
    expect(error.message).toContain("its handler ended before NextJob.enqueue() had answered");
  });

  it("accepts calls that are awaited in a row, and at once", async () => {
    const { points } = await check(async ({ mail, ledger }) => {
      await Promise.all([mail.send("a"), ledger.mark("a")]);
      const later = mail.send("b");
      await ledger.mark("b");
      await later;
    });

    expect(points).toHaveLength(9);
  });
});
