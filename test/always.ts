// The way tests state a property.

import * as fc from "fast-check";

/** Checks a synchronous property; a failure prints its seed and path. */
export function always<Ts>(property: fc.IProperty<Ts>, parameters?: fc.Parameters<Ts>): void {
  // biome-ignore lint/nursery/noFloatingPromises: a synchronous property gives none, though its type says it may
  fc.assert(property, parameters);
}
