// What a run of the tests tells whoever started it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("a run with a failed test exits with 1, though database servers were started for it", () => {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config=test/project/failing.config.ts"];

  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });

  expect(stdout).toContain("1 failed");
  expect(status).toBe(1);
});
