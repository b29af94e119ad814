// The message of an assertion that is to fail.

import { AssertionError } from "node:assert";

/** Resolves with the message. Rejects when the assertion holds, or fails with anything but an AssertionError. */
export async function failureOf(assertion: Promise<unknown>): Promise<string> {
  try {
    await assertion;
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error("The assertion held, and was to fail.");
}
