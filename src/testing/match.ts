// Whether data is what was expected: a deep subset, with the asymmetric matchers of vitest, jest and sinon.

/** Objects match as subsets, arrays whole; any part may be an asymmetric matcher, the whole also a predicate. */
export type DataMatch<Data = unknown> = Subset<Data> | ((data: Data) => boolean);

export type Subset<T> = T extends readonly unknown[]
  ? { readonly [Key in keyof T]: Subset<T[Key]> } | Asymmetric
  : T extends object
    ? { readonly [Key in keyof T]?: Subset<T[Key]> | Asymmetric } | Asymmetric
    : T | Asymmetric;

/** What vitest, jest (`expect.any(String)`) and sinon (`sinon.match.string`) give. */
export type Asymmetric =
  | { asymmetricMatch(value: unknown): boolean }
  | { test(value: unknown): boolean; or(other: never): unknown };

/** Whether `actual` matches. `exact` asks for equality in place of a subset. */
export function matchesData(expected: unknown, actual: unknown, exact = false): boolean {
  if (typeof expected === "function") return expected(actual) === true;
  return matchesPart(expected, actual, exact);
}

/** One part against another; asymmetric matchers decide for themselves. */
export function matchesPart(expected: unknown, actual: unknown, exact: boolean): boolean {
  const decided = asymmetric(expected, actual);
  if (decided !== null) return decided;
  if (Object.is(expected, actual) || expected === actual) return true; // −0 arrives as 0
  if (expected === null || actual === null || typeof expected !== "object" || typeof actual !== "object") return false;
  if (Array.isArray(expected) || Array.isArray(actual)) {
    if (!Array.isArray(expected) || !Array.isArray(actual) || expected.length !== actual.length) return false;
    return expected.every((member, index) => matchesPart(member, actual[index], exact));
  }
  const wanted = Object.keys(expected).filter((key) => Reflect.get(expected, key) !== undefined || !exact);
  if (exact && Object.keys(actual).some((key) => !wanted.includes(key))) return false;
  return wanted.every((key) => matchesMember(Reflect.get(expected, key), actual, key, exact));
}

/** The verdict of an asymmetric matcher, or null where the expected value is none. */
export function asymmetric(expected: unknown, actual: unknown): boolean | null {
  if (expected === null || typeof expected !== "object") return null;
  const matcher = expected as { asymmetricMatch?: unknown; test?: unknown; or?: unknown }; // `as`: asked for its methods
  if (typeof matcher.asymmetricMatch === "function") return matcher.asymmetricMatch(actual) === true;
  if (typeof matcher.test === "function" && typeof matcher.or === "function") return matcher.test(actual) === true;
  return null;
}

function matchesMember(expected: unknown, actual: object, key: string, exact: boolean): boolean {
  if (expected === undefined) return !Object.hasOwn(actual, key); // An undefined property is dropped at enqueue.
  return matchesPart(expected, Object.hasOwn(actual, key) ? Reflect.get(actual, key) : undefined, exact);
}
