// npm run bench [-- --quick] [-- throughput …]: builds the package and prints what it costs, beside others.

import { buildAll, removeBuild } from "./build.ts";
import { throughput } from "./parts/throughput.ts";

const quick = process.argv.includes("--quick");

try {
  await buildAll();
  await throughput({ quick });
} finally {
  await removeBuild();
}
