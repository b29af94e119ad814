// What a reader sees when two stores part.

import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { ClaimKey, JobStore } from "../../../src/store/job-store.ts";
import { NaiveJobStore } from "../../store/memory/naive-job-store.ts";
import { lockstep } from "./lockstep.ts";
import { model } from "./subjects.ts";

/** Settles well, and then forgets the attempt. */
class Forgetful extends NaiveJobStore {
  override async settle(claim: ClaimKey, outcome: Outcome, at: Parameters<JobStore["settle"]>[2]) {
    const answer = await super.settle(claim, outcome, at);
    for (const row of this.rows) if (row.id === claim.id && row.status === "failed") row.attempts = 0;
    return answer;
  }
}

const lean = () => ({ name: "model", store: model().store });

async function parting(): Promise<string> {
  const forgetful = () => ({ name: "forgetful", store: new Forgetful() });
  const failure = await lockstep(lean, forgetful, { runs: 100, seed: 1 }).then(
    () => null,
    (error: Error) => error.message,
  );
  expect(failure).not.toBeNull();
  return failure ?? "";
}

describe("lockstep", () => {
  it("shows what to play again, the shortest steps, and the two rows side by side with what differs marked", async () => {
    const [head, steps, row] = (await parting()).split("\n\n");

    expect(head).toMatch(/^The stores part \(seed: 1, path: "[\d:]+", replayPath: "[^"]+"\)$/);
    expect(steps?.split("\n").map((line) => line.replace(/ \{.*/, ""))).toEqual([
      expect.stringMatching(/^ {2}1\. (insert|transaction)$/),
      "  2. claim",
      expect.stringMatching(/^> 3\. settle( many)?$/),
    ]);
    expect(row?.split("\n")[0]).toMatch(/^ {2}the row \S+ +model +forgetful$/);
    expect(row?.split("\n").filter((line) => line.startsWith("≠"))).toEqual([
      expect.stringMatching(/^≠ attempts +1 +0$/),
    ]);
    expect(row).toMatch(/^ {2}status +"failed" +"failed"$/m);
  });

  it("tells how many steps were compared where nothing differs", async () => {
    const naive = () => ({ name: "naive", store: new NaiveJobStore() });

    expect(await lockstep(lean, naive, { runs: 5, seed: 1 })).toBeGreaterThan(20);
  });
});
