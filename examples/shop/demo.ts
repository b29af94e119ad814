// npm run demo: plays months of the shop's life in about a second, and prints what its jobs did.
// WHEELWRIGHT_STORE=<url> npm run demo plays them on a database.

import { playDemo } from "./demo/play.ts";

await playDemo({
  write: (line) => console.log(line),
  colours: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  store: process.env.WHEELWRIGHT_STORE,
});
