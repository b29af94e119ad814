// Links between the pages, and from them to files, lead somewhere.

import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { allPages, pathOf, textOf } from "./pages.ts";

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** Links that stay in the project, outside of fenced blocks. */
function linksOf(page: string): readonly string[] {
  const text = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(LINK)].map(([, target]) => target ?? "").filter((target) => !/^https?:/.test(target));
}

/** What GitHub calls the place of a heading. */
function anchorsOf(page: string): readonly string[] {
  const text = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Why a link leads nowhere, or null. */
function problemOf(page: string, link: string): string | null {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(pathOf(target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return null;
  return `${link}: ${target} has no heading of that name`;
}

describe("links", () => {
  it.each(allPages())("of %s lead somewhere", (page) => {
    expect(
      linksOf(page)
        .map((link) => problemOf(page, link))
        .filter((problem) => problem !== null),
    ).toEqual([]);
  });

  it("of the README to other pages lead to what the package carries, but for those about work on itself", () => {
    const { files } = JSON.parse(readFileSync(pathOf("package.json"), "utf8")) as { files: readonly string[] }; // `as`: npm's
    const pages = linksOf("README.md").map((link) => link.split("#")[0] ?? "");
    const outside = pages.filter((page) => page.endsWith(".md") && !files.some((file) => page.startsWith(file)));

    expect(new Set(outside)).toEqual(new Set(["CONTRIBUTING.md"]));
  });

  it("that lead nowhere are told", () => {
    expect(problemOf("docs/recipes.md", "nowhere.md")).toBe("nowhere.md: there is no docs/nowhere.md");
    expect(problemOf("docs/recipes.md", "#nowhere")).toContain("has no heading of that name");
    expect(problemOf("docs/recipes.md", "../CHANGELOG.md#unreleased")).toBeNull();
  });
});
