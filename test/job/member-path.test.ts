import { describe, expect, it } from "vitest";
import { memberPath } from "../../src/job/member-path.ts";

describe("memberPath", () => {
  it.each([
    ["name", "$.name"],
    ["$ref", "$.$ref"],
    ["_id", "$._id"],
    ["née", "$.née"],
    ["first name", '$["first name"]'],
    ["7up", '$["7up"]'],
    ["", '$[""]'],
    ['a"b', '$["a\\"b"]'],
    [7, "$[7]"],
    [Symbol("s"), "$[Symbol(s)]"],
  ])("writes the key %o as %s", (key, path) => {
    expect(memberPath("$", key)).toBe(path);
  });
});
