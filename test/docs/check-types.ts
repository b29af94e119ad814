// Type-checks the examples of the pages with the project's own settings.

import { dirname, relative } from "node:path";
import ts from "typescript";

/** Returns: `file:line: message`, one for each error, in files' order. */
export function typeErrors(files: readonly string[], tsconfig: string): readonly string[] {
  const { config } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, dirname(tsconfig));
  const { tsBuildInfoFile: _, ...options } = parsed.options;
  const program = ts.createProgram([...files], {
    ...options,
    // An example may name what only its reader uses.
    noUnusedLocals: false,
    noUnusedParameters: false,
    incremental: false,
  });
  // Asked file by file: what the examples import is checked elsewhere.
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(described);
  });
}

function described({ file, start = 0, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, "\n");
  if (file === undefined) return message;
  const line = file.getLineAndCharacterOfPosition(start).line + 1;
  return `${relative(dirname(file.fileName), file.fileName)}:${line}: ${message}`;
}
