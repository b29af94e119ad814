// Tests of a user who imports vitest's functions, and forgets to await: see runner-hooks.test.ts.

import { test } from "vitest";
import "wheelwright/vitest";
import { forgetsProofs } from "./forgets-proofs.ts";

forgetsProofs(test);
