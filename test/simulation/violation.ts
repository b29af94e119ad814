// What a simulation finds.

/** A rule of docs/semantics.md was broken. */
export class Violation extends Error {
  override readonly name = "Violation";
}
