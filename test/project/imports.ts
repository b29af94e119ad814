// What a file imports, read with TypeScript's own parser, so that comments and strings never count.

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import ts from "typescript";

export interface Import {
  readonly specifier: string;
  /**
   * `value` runs the other file at once, `dynamic` when a call is reached (`import()`, or `require()` in a function),
   * `type` never. An import of names that are all marked `type` one by one still runs the file (verbatimModuleSyntax),
   * hence it is `value`.
   */
  readonly kind: "value" | "dynamic" | "type";
}

/** Files with forward slashes, relative to the folder that was read, and their imports in order of appearance. */
export type ImportMap = ReadonlyMap<string, readonly Import[]>;

/** Reads every TypeScript file below `folder`. A folder that does not exist is an error. */
export function readImports(folder: string): ImportMap {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.split(sep).join("/"))
    .sort();
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(folder, file), "utf8"))]));
}

/** Every import, re-export, `import()`, `require()` and `import("…")` type whose name is written out. */
export function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const found: Import[] = [];
  visit(source, false);
  return found;

  function visit(node: ts.Node, inFunction: boolean): void {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.isTypeOnly ? "type" : "value");
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly ? "type" : "value");
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, node.isTypeOnly ? "type" : "value");
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, "type");
    } else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], "dynamic");
      // The CommonJS build turns `import()` into a `require()` inside a function.
      if (ts.isIdentifier(node.expression) && node.expression.text === "require") {
        add(node.arguments[0], inFunction ? "dynamic" : "value");
      }
    }
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)));
  }

  function add(specifier: ts.Node | undefined, kind: Import["kind"]): void {
    if (specifier && ts.isStringLiteralLike(specifier)) found.push({ specifier: specifier.text, kind });
  }
}
