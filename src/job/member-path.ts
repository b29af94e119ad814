// How a place inside data is written in messages: `$.user.tags[0]`, `$["first name"]`.

/** The path of a member of what is at `path`; a number is an index, a key that is no identifier is quoted. */
export function memberPath(path: string, key: PropertyKey): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (typeof key === "symbol") return `${path}[${String(key)}]`;
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
