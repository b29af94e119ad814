// Every example of the pages compiles, as the project itself does.

import { afterAll, expect, it } from "vitest";
import { typeErrors } from "./check-types.ts";
import { type Page, readPage } from "./examples.ts";
import { pageOf, pagesWithExamples, pathOf } from "./pages.ts";
import { makeFolder, writeExample } from "./run-example.ts";

const tsconfig = pathOf("tsconfig.json");
const folder = makeFolder();
afterAll(() => folder.clear());

const write = (page: Page): readonly string[] => page.examples.map((example) => writeExample(folder.path, example));

// One program for both, since most of the time goes into reading the libraries' types.
it("finds no type error in the pages' examples, but the one that is put there", { timeout: 60_000 }, () => {
  const files = pagesWithExamples.flatMap((name) => write(pageOf(name)));
  const broken = 'A page.\n\n```ts\nimport { Job } from "wheelwright";\nJob.enqueueLater();\n```';

  const errors = typeErrors([...files, ...write(readPage("BROKEN.md", broken))], tsconfig);

  expect(files.length).toBeGreaterThan(0);
  expect(errors).toEqual([
    "BROKEN.md-4.ts:5: Property 'enqueueLater' does not exist on type 'typeof Job'. Did you mean 'enqueueAt'?",
  ]);
});
