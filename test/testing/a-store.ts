// What the store that the kits of a run are on asks of their tests: WHEELWRIGHT_STORE, see scripts/test-stores.mjs.

/** Whether each step of a kit goes to a database that answers later: a server, or PGlite, which is one in the process. */
export const isSlow: boolean = /^(postgres|postgresql|mysql|mariadb|pglite):/.test(process.env.WHEELWRIGHT_STORE ?? "");

/** Whether the kits of the run are on the store in memory, which alone has transactions of its own. */
export const isInMemory: boolean = /^(memory:)?$/.test(process.env.WHEELWRIGHT_STORE ?? "");

/** `count`; `slowly` where each step costs milliseconds and what is shown does not depend on the store. */
export function fewer(count: number, slowly: number): number {
  return isSlow ? slowly : count;
}
