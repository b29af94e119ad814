// The way tests state a property.

import * as fc from "fast-check";

/** Checks a synchronous property; a failure prints its seed and path. (`fc.assert` may also return a promise, says its type.) */
export function always<Ts>(property: fc.IProperty<Ts>, parameters?: fc.Parameters<Ts>): void {
  return fc.assert(property, parameters);
}
