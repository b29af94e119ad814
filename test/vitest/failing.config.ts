// The vitest that failing-fixture.test.ts starts: the project's own aliases, another folder.

import { defineConfig } from "vitest/config";
import project from "../../vitest.config.ts";

export default defineConfig({
  ...project,
  test: { include: [`${process.env.FAILING_DIR}/**/*.test.ts`], exclude: [], pool: "threads" },
});
