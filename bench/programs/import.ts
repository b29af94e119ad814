// One measurement: imports what it is given, if anything. Prints one line of JSON.

/** Milliseconds. The time of the whole process is for whoever started it to take. */
export interface Importing {
  readonly inside: number;
}

const start = performance.now();
for (const specifier of process.argv.slice(2)) await import(specifier);
console.log(JSON.stringify({ inside: performance.now() - start } satisfies Importing));
