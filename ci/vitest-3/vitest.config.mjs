// Without a configuration of its own this folder would be run with the project's.
export default { test: { include: ["suite/**/*.test.ts"] } };
