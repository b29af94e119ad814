// Runs an example of a page: its own tests as tests, any other as one test, and then what it is said to print or fail with.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Example, Output } from "./examples.ts";
import { isShown, plain } from "./shown.ts";

const HAS_TESTS = /^\s*(?:it|test|describe\w*)(?:\.\w+)*\(/m;
const here = fileURLToPath(new URL(".", import.meta.url));

/** A folder for the modules of a page: inside of the project, where its packages are found. Removed by `clear`. */
export function makeFolder(): { readonly path: string; clear(): void } {
  mkdirSync(join(here, ".extracted"), { recursive: true });
  const path = mkdtempSync(join(here, ".extracted/run-"));
  return { path, clear: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes the module. Its name tells the page and the line. */
export function writeExample(folder: string, { page, line, code }: Example, variant = ""): string {
  const file = join(folder, `${page.replaceAll("/", "-")}-${line}${variant}.ts`);
  writeFileSync(file, `${code}\n`);
  return file;
}

export function describeExample(folder: string, example: Example): void {
  describe(`line ${example.line}: ${example.heading}`, async () => {
    const printed: string[] = [];
    beforeAll(() => {
      vi.spyOn(console, "log").mockImplementation((...args: unknown[]) => void printed.push(format(...args)));
    });
    afterAll(() => {
      vi.restoreAllMocks();
    });

    const file = writeExample(folder, example);
    if (HAS_TESTS.test(example.code)) await import(/* @vite-ignore */ file);
    else it("runs", () => import(/* @vite-ignore */ file));

    for (const output of example.outputs) {
      if (output.type === "prints")
        it(`prints what line ${output.line} shows`, () => compare(output, printed.join("\n")));
      else
        it(`fails as line ${output.line} shows`, async () => compare(output, await failureOf(folder, example, output)));
    }
    it("leaves no kit open", () => expect(takeOpenKits()).toEqual([]));
  });
}

function compare(output: Output, real: string): void {
  if (!isShown(output.text, real)) expect(plain(real)).toBe(plain(output.text));
}

/** The message of the one test of the example that fails once `from` is written as `to`. */
export async function failureOf(
  folder: string,
  example: Example,
  { from, to, code: upToHere }: Output & { type: "fails" },
): Promise<string> {
  const parts = upToHere.split(from);
  if (parts.length !== 2)
    throw new SyntaxError(`\`${from}\` stands ${parts.length - 1} times in ${example.page}:${example.line}`);
  const code = parts.join(to).replaceAll('from "vitest"', `from "${join(here, "collecting-vitest.ts")}"`);
  const file = writeExample(folder, { ...example, code }, `-fails-${parts[0]?.length}`);
  const { collected } = await import("./collecting-vitest.ts");
  collected.length = 0;
  await import(/* @vite-ignore */ file);
  const messages: string[] = [];
  // What a kit says of its failed test is for the reader of that test.
  const silenced = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  for (const test of collected) {
    await Promise.resolve()
      .then(test)
      .catch((error: unknown) => messages.push(error instanceof Error ? error.message : String(error)));
  }
  silenced.mockRestore();
  if (messages.length !== 1) throw new Error(`${messages.length} of ${collected.length} tests failed; one has to`);
  return messages.join();
}

/** The kits left in the state that all copies of the package share; they are not there for the next example. */
function takeOpenKits(): readonly string[] {
  const shared: { kits: Set<{ label: string }> } = Reflect.get(globalThis, Symbol.for("wheelwright/1"));
  const labels = [...shared.kits].map((kit) => kit.label);
  shared.kits.clear();
  return labels;
}
