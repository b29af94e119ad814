// The project speaks of itself alone: not of the machine it was written on, nor of the people and tools at work on it.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

// Single letters stand in brackets so that this file does not find itself.
const UNWANTED: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/(?<![\w.)\]}*/-])\/(wor[k]|far[m]|roo[t]|hom[e]|User[s])\/[\w.-]/, "a path of one machine"],
  [/(?<![\w.)\]}*/-])\/tmp\/[\w.-]*job[s]\./, "a path of one machine"],
  [/\b(this|previous|next|last|earlier) sessio[n]\b/i, "the work on the project, not the project"],
  [/\b(the|this) (briefin[g]|promp[t]|conversatio[n])\b/i, "the work on the project, not the project"],
  [
    /https?:\/\/(?!registry\.npmjs\.org)[\w.-]*(registr[y]|artifactor[y]|verdacci[o]|npm-mirro[r])/i,
    "a package registry",
  ],
];

describe("unwantedWords", () => {
  it.each([
    ["see /wor" + "k/main/notes.md", "a path of one machine"],
    ["import('/hom" + "e/me/x.js')", "a path of one machine"],
    ["as agreed in the last sessio" + "n", "the work on the project, not the project"],
    ["https://npm.registr" + "y.example/pkg", "a package registry"],
  ])("finds them in %j", (text, what) => {
    expect(unwantedWords("a.md", `first line\n${text}`)).toEqual([expect.stringMatching(`^a.md:2: .+ \\(${what}\\)$`)]);
  });

  it.each(["src/cli/work/options.ts", "https://example.com/work/order", "the async session of a user", "./home/page"])(
    "lets %j be",
    (text) => {
      expect(unwantedWords("a.md", text)).toEqual([]);
    },
  );
});

describe("the committed files", () => {
  const files = committedFiles();

  it.skipIf(files === undefined)("hold none of them", () => {
    const found = (files ?? []).flatMap((file) => unwantedWords(file, readFileSync(join(root, file), "utf8")));

    expect(found).toEqual([]);
  });
});

/** One line per find: the file, the number of the line, its text, and in brackets what is wrong with it. */
function unwantedWords(file: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    UNWANTED.flatMap(([pattern, what]) => {
      const match = pattern.exec(line);
      return match ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)} (${what})`] : [];
    }),
  );
}

/** Text files in the index of git that are still there; nothing outside a repository, as in an unpacked tarball. */
function committedFiles(): string[] | undefined {
  if (!existsSync(join(root, ".git"))) return undefined;
  // A clone may belong to someone else than the one who tests it, which git refuses by default.
  const listed = execFileSync("git", ["-c", "safe.directory=*", "ls-files", "-z"], { cwd: root, encoding: "utf8" });
  return listed
    .split("\0")
    .filter((file) => file && !/(^|\/)package-lock\.json$|\.(png|gif|jpe?g|sqlite)$/.test(file))
    .filter((file) => existsSync(join(root, file)));
}
