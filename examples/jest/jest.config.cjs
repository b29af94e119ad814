// Registers the matchers once for all test files.

module.exports = {
  testMatch: ["**/*.test.cjs", "**/*.test.mjs"],
  moduleFileExtensions: ["mjs", "cjs", "js", "json"],
  setupFilesAfterEnv: ["wheelwright/jest"],
  transform: {},
};
