// What a run of the tests tells whoever started it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

it.each([
  ["1 failed", 1],
  ["1 passed", 0],
])("a run with %s exits with %i, though database servers were started for it", (summary, code) => {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config=test/project/exit-code.config.ts"];

  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, EXPECTED_COLOR: code === 0 ? "green" : "red" },
  });

  expect({ status, stderr: code === 0 ? stderr : "" }).toEqual({ status: code, stderr: "" });
  expect(stdout).toContain(summary);
});
