// Brands: how classes and errors are recognised across ESM and CommonJS copies of this package, where `instanceof` fails.

/** Marks a prototype, and so every instance of its class, as a thing of this name (`"job"`, `"error"` …). */
export function brand(prototype: object, name: string): void {
  Object.defineProperty(prototype, Symbol.for(`wheelwright/brand/${name}`), { value: true });
}

/** Whether a class marked with this name, in whichever copy of the package, made the value. Never throws. */
export function hasBrand(value: unknown, name: string): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    return Reflect.get(value, Symbol.for(`wheelwright/brand/${name}`)) === true;
  } catch {
    return false; // A hostile proxy is nobody of ours.
  }
}
