// Values as a person would type them, on one line and never too long: `{ to: "ada@example.org", tags: ["a", "b"] }`.

import { show } from "../../job/errors.ts";
import { isPlainArray, isPlainObject } from "../../job/not-json.ts";
import { isAsymmetric } from "../match.ts";

/** How many parts of a value are looked at; what comes after them would be cut out anyway. */
const MAX_PARTS = 400;
const HEAD_MEMBERS = 16;
const TAIL_MEMBERS = 4;

/** Strings inside a literal that is too long are cut to fewer and fewer characters, until it fits. */
const STRING_LENGTHS = [48, 32, 24, 20, 16, 12] as const;

/**
 * A value as a JavaScript literal of at most `max` characters. Long strings lose their middle; an object that is too
 * long even so loses its last properties. Never throws.
 */
export function literal(value: unknown, max = 60): string {
  let text = new Writer(max).write(value);
  for (const length of STRING_LENGTHS) {
    if (text.length <= max) return text;
    if (typeof value === "object") text = new Writer(length).write(value);
  }
  if (text.length <= max) return text;
  return firstProperties(value, max) ?? cutMiddle(text, max);
}

/** `{ to: "ada@example.org", … }`: as many properties as fit; null where not even one does. */
function firstProperties(value: unknown, max: number): string | null {
  if (typeof value !== "object" || value === null || !isPlainObject(value) || isAsymmetric(value)) return null;
  let best: string | null = null;
  const parts: string[] = [];
  for (const key of Object.keys(value).slice(0, HEAD_MEMBERS)) {
    parts.push(`${keyText(key)}: ${new Writer(20).write(Reflect.get(value, key))}`);
    const text = `{ ${parts.join(", ")}, … }`;
    if (text.length > max) return best;
    best = text;
  }
  return best;
}

/** At most `max` UTF-16 units of a text, its middle replaced by an ellipsis; never half a surrogate pair. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = Math.max(max - 1, 0);
  const head = Math.ceil(room * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (room - head))}`.toWellFormed().replaceAll("\ufffd", "…");
}

/**
 * Two texts that differ, each cut to `max` around the place where they begin to: what tells them apart is in sight.
 */
export function cutPair(one: string, other: string, max: number): readonly [string, string] {
  if (one.length <= max && other.length <= max) return [one, other];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  const start = Math.max(0, Math.min(same - Math.floor(max / 3), Math.max(one.length, other.length) - max));
  return [cutFrom(one, start, max), cutFrom(other, start, max)];
}

function cutFrom(text: string, start: number, max: number): string {
  if (text.length <= max) return text;
  const from = Math.min(start, text.length - max);
  const before = from > 0 ? "…" : "";
  const after = from + max < text.length ? "…" : "";
  return `${before}${text.slice(from + before.length, from + max - after.length)}${after}`
    .toWellFormed()
    .replaceAll("\ufffd", "…");
}

class Writer {
  readonly #stringLength: number;
  #parts = 0;
  readonly #above = new Set<object>();

  constructor(stringLength: number) {
    this.#stringLength = stringLength;
  }

  write(value: unknown): string {
    this.#parts++;
    if (this.#parts > MAX_PARTS) return "…";
    if (typeof value === "string") return JSON.stringify(cutMiddle(value, this.#stringLength));
    if (Object.is(value, -0)) return "-0";
    if (value === null || typeof value !== "object") return show(value);
    try {
      return this.#writeObject(value);
    } catch {
      return show(value); // A getter or a matcher's own text threw.
    }
  }

  #writeObject(value: object): string {
    if (isAsymmetric(value)) return this.#writeMatcher(value);
    const isArray = Array.isArray(value);
    if (isArray ? !isPlainArray(value) : !isPlainObject(value)) return show(value);
    if (this.#above.has(value)) return "…";
    this.#above.add(value);
    const text = isArray ? this.#writeMembers(value, "[", "]") : this.#writeProperties(value);
    this.#above.delete(value);
    return text;
  }

  #writeMembers(members: readonly unknown[], open: string, close: string): string {
    return `${open}${this.#list(members.length, (index) => this.write(members[index])).join(", ")}${close}`;
  }

  #writeProperties(object: object): string {
    const keys = Object.keys(object);
    if (keys.length === 0) return "{}";
    const list = this.#list(keys.length, (index) => {
      const key = keys[index] ?? "";
      return `${keyText(key)}: ${this.write(Reflect.get(object, key))}`;
    });
    return `{ ${list.join(", ")} }`;
  }

  #list(count: number, write: (index: number) => string): string[] {
    const list: string[] = [];
    for (let index = 0; index < count; index++) {
      if (index === HEAD_MEMBERS && count > HEAD_MEMBERS + TAIL_MEMBERS + 1) {
        index = count - TAIL_MEMBERS;
        list.push(`… ${index - HEAD_MEMBERS} more …`);
      }
      list.push(write(index));
    }
    return list;
  }

  /** `Any<String>`, `StringContaining "a"`, `typeOf("string")`: as vitest, jest and sinon say it themselves. */
  #writeMatcher(matcher: object): string {
    const { toAsymmetricMatcher, sample } = matcher as { toAsymmetricMatcher?: unknown; sample?: unknown }; // `as`: asked for what it may have
    if (typeof toAsymmetricMatcher === "function") return String(toAsymmetricMatcher.call(matcher));
    const name = matcher.toString === Object.prototype.toString ? "a matcher" : String(matcher);
    const text = name.startsWith("[object ") ? "a matcher" : name;
    return sample === undefined ? text : `${text} ${this.write(sample)}`;
  }
}

function keyText(key: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? key : JSON.stringify(key);
}
