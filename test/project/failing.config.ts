// The vitest that exit-code.test.ts starts: the project's own, on one file whose test fails.

import { defineConfig } from "vitest/config";
import project from "../../vitest.config.ts";

export default defineConfig({
  ...project,
  test: { ...project.test, include: ["test/project/failing/fails.ts"], reporters: ["default"] },
});
