// Stands in for vitest in an example that is to fail: keeps its tests, for the caller to run and to see fail.

export { expect, vi } from "vitest";

type TestBody = () => unknown;

export const collected: TestBody[] = [];

export function it(_title: string, body: TestBody): void {
  collected.push(body);
}

export { it as test };
