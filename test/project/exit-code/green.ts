// A test that passes or fails, as it is told.

import { expect, it } from "vitest";

it("is green", () => {
  expect(process.env.EXPECTED_COLOR).toBe("green");
});
