// Every example of the pages, and of the source's docstrings, compiles as the project itself does.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { doors, specifierOf } from "../../doors.ts";
import { typeErrors } from "./check-types.ts";
import { docExamples, type Offers, withImports } from "./docstrings.ts";
import { type Example, readPage } from "./examples.ts";
import { pageOf, pagesWithExamples, pathOf } from "./pages.ts";
import { makeFolder, writeExample } from "./run-example.ts";

const BROKEN = 'A page.\n\n```ts\nimport { Job } from "wheelwright";\nJob.enqueueLater();\n```';

const folder = makeFolder();
afterAll(() => folder.clear());

const ofPages = pagesWithExamples.flatMap((name) => pageOf(name).examples);
const ofDocstrings = docExamples(pathOf("src"), pathOf("."));
let errors: readonly string[];

// One program for all, since most of the time goes into reading the libraries' types.
beforeAll(async () => {
  const offers = await offersOf();
  const docs = ofDocstrings.map(({ where, code }): Example => {
    const [page = "", line] = where.split(":");
    return { page, heading: "", line: Number(line), code: withImports(code, offers), outputs: [] };
  });
  const all = [...ofPages, ...docs, ...readPage("BROKEN.md", BROKEN).examples];
  errors = typeErrors(
    all.map((example) => writeExample(folder.path, example)),
    pathOf("tsconfig.json"),
  );
}, 120_000);

describe("typeErrors", () => {
  it("finds none in the pages", () => {
    expect(ofPages.length).toBeGreaterThan(20);
    expect(errors.filter((error) => !error.startsWith("src-") && !error.startsWith("BROKEN"))).toEqual([]);
  });

  it("finds none in the docstrings", () => {
    expect(ofDocstrings.length).toBeGreaterThan(10);
    expect(errors.filter((error) => error.startsWith("src-"))).toEqual([]);
  });

  it("finds one that is there, and tells its line in the page", () => {
    expect(errors).toContain(
      "BROKEN.md-4.ts:5: Property 'enqueueLater' does not exist on type 'typeof Job'. Did you mean 'enqueueAt'?",
    );
  });
});

/** The values that the doors export, then the runner's, then the stage's. */
async function offersOf(): Promise<Offers> {
  const offers = new Map<string, readonly string[]>();
  for (const door of doors) {
    if (door.name === "jest") continue; // It does not load under another runner, and its matchers are those of vitest's.
    offers.set(specifierOf(door), Object.keys(await import(/* @vite-ignore */ pathOf(door.source))));
  }
  offers.set("vitest", ["describe", "expect", "it"]);
  offers.set(join(pathOf("test/docs"), "stage.ts"), [
    "ChargeJob",
    "fc",
    "gateway",
    "jobs",
    "kit",
    "ledger",
    "mailer",
    "MyJobStore",
    "outbox",
    "register",
    "SellJob",
    "SendEmailJob",
    "signUp",
    "sinon",
    "stock",
    "store",
    "SyncCrmJob",
    "T0",
    "to",
  ]);
  return offers;
}
