// Begins what would otherwise begin too late: at the first look at it, when the kit's scope has been left.

import { types } from "node:util";
import { isPromise } from "../job/schema.ts";

/**
 * The result itself, but for a thenable that is no promise: a request of supertest, an inject of Fastify and a query of
 * a query builder start only when they are awaited, so they are awaited here, and the promise is returned.
 */
export function begun<T>(result: T): T {
  if (!isPromise(result) || types.isPromise(result)) return result;
  return Promise.resolve(result) as T; // `as`: to whoever awaits it, it is the same
}
