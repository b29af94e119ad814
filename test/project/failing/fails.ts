// A test that fails.

import { expect, it } from "vitest";

it("fails", () => {
  expect("the run").toBe("red");
});
