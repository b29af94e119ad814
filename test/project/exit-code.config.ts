// The vitest that exit-code.test.ts starts: the project's own, on one file.

import { defineConfig } from "vitest/config";
import project from "../../vitest.config.ts";

export default defineConfig({
  ...project,
  test: { ...project.test, include: ["test/project/exit-code/green.ts"], reporters: ["default"] },
});
