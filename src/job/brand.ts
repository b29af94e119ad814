// Brands: how classes and errors are recognised across ESM and CommonJS copies of this package, where `instanceof` fails.

/** Marks a prototype, and so every instance of its class, as a thing of this name (`"job"`, `"error"` …). */
export function brand(prototype: object, name: string): void {
  Object.defineProperty(prototype, brandOf(name), { value: true });
}

/** Whether a class marked with this name, in whichever copy of the package, made the value. Never throws. */
export function hasBrand(value: unknown, name: string): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  try {
    return Reflect.get(value, brandOf(name)) === true;
  } catch {
    return false; // A hostile proxy is nobody of ours.
  }
}

/**
 * What `instanceof` answers for a class: by brand where the class itself is marked with this name; as usual for a
 * subclass, which inherits the question but not the mark.
 */
export function isInstance(asked: { readonly prototype: object }, name: string, value: unknown): boolean {
  if (Object.hasOwn(asked.prototype, brandOf(name))) return hasBrand(value, name);
  return Function.prototype[Symbol.hasInstance].call(asked, value);
}

/** Kept, since every enqueue and every failure asks. */
const brands = new Map<string, symbol>();

function brandOf(name: string): symbol {
  let known = brands.get(name);
  if (known === undefined) {
    known = Symbol.for(`wheelwright/brand/${name}`);
    brands.set(name, known);
  }
  return known;
}
