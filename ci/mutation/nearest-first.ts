// The order of the test files for a mutant: those named after its file begin, for the first failure ends a mutant.

/** From the quickest to the slowest; a file takes the place of the last part that its name holds. */
const ORDER = [
  "test/job/",
  "test/clock/",
  "test/store/",
  "test/engine/",
  "test/contract/",
  "test/testing/",
  "test/fast-check/",
  "test/engine/cron.test.ts",
  "properties.test.ts",
  "test/simulation/",
  "test/testing/dispose.test.ts",
];

/** `mutated` is a file in src, `tests` are test files, all absolute. */
export function nearestFirst(mutated: string, tests: readonly string[]): readonly string[] {
  const name = mutated.slice(mutated.lastIndexOf("/src/") + "/src/".length).replace(/\.ts$/, "");
  const rank = new Map(tests.map((test) => [test, nearness(name, test)]));
  return [...tests].sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0) || place(a) - place(b) || (a < b ? -1 : 1));
}

/** How many letters of room and name the two have in common. */
function nearness(name: string, test: string): number {
  const testName = test.slice(test.lastIndexOf("/test/") + "/test/".length);
  let same = 0;
  while (same < name.length && name[same] === testName[same]) same++;
  return same;
}

function place(test: string): number {
  return ORDER.findLastIndex((part) => test.includes(part));
}
