// PGlite in lockstep with the model and with memory.

import { holdInStep } from "./lockstep/hold.ts";
import { pglite } from "./lockstep/subjects.ts";

holdInStep("pglite", pglite, { ordinary: 5, thorough: 200 });
