// SQLite and memory in lockstep with a model of the rules, and with each other.

import { describe } from "vitest";
import { holdInStep, holdTo } from "./lockstep/hold.ts";
import { memory, model, sqlite } from "./lockstep/subjects.ts";

describe("memory, step by step", () => {
  holdTo("does what the model of the rules does", "memory", model, memory, { ordinary: 100, thorough: 2000 });
});

holdInStep("sqlite", sqlite, { ordinary: 100, thorough: 2000 });
