// The one file that vitest knows of under mutation. Its runner (kept-runner.ts) runs the others, again and again.

import { it } from "vitest";

it("has a runner that tries mutants", () => undefined);
