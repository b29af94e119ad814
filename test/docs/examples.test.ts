// Every example of the pages runs, and prints or fails with what the page says.

import { afterAll, describe, inject } from "vitest";
import { pageOf, pagesWithExamples } from "./pages.ts";
import { describeExample, makeFolder } from "./run-example.ts";

// What an app's environment would say.
process.env.DATABASE_URL = inject("postgresUrl");

const folder = makeFolder();
afterAll(() => folder.clear());

for (const page of pagesWithExamples) {
  describe(page, () => {
    for (const example of pageOf(page).examples) describeExample(folder.path, example);
  });
}
