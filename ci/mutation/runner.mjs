// Stryker's test runner for this project: one vitest that stays, in which mutant after mutant is switched on. A start of vitest
// for each mutant, as Stryker's own runner makes, takes most of a second; here most mutants take some hundredths.

import { BroadcastChannel } from "node:worker_threads";
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import { createVitest } from "vitest/node";

/** The one file that this vitest runs by itself. */
const DRIVER = "ci/mutation/mutants.test.ts";

class KeptVitest {
  #vitest;
  #channel;
  #running;
  #files = [];
  #answer;
  #mutantsSince = 0;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env.NODE_ENV = "test";
    this.#channel = new BroadcastChannel(`mutants ${process.pid}`);
    this.#channel.onmessage = ({ data }) => this.#answer?.(data);
    const ready = this.#next();
    this.#vitest = await createVitest("test", {
      config: "ci/mutation/vitest.config.ts",
      watch: false,
      reporters: [{}],
      onConsoleLog: () => false,
    });
    const specifications = await this.#vitest.globTestSpecifications();
    this.#files = specifications.map(({ moduleId }) => moduleId).filter((file) => !file.endsWith(DRIVER));
    this.#running = this.#vitest.start([DRIVER]);
    await ready;
  }

  async dryRun() {
    return this.#ask({ type: "dry run", files: this.#files });
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const mutant = {
      type: "mutant",
      id: activeMutant.id,
      file: activeMutant.fileName,
      tests: testFilter ?? [],
      hitLimit,
    };
    let result = await this.#ask(mutant);
    // What it left behind may have failed the test, or this mutant's predecessor did: it is tried again where nothing was before.
    if (result.isDirty && this.#mutantsSince > 1) {
      await this.#renew();
      result = await this.#ask(mutant);
    }
    if (result.isDirty) await this.#renew();
    return result.result;
  }

  async dispose() {
    this.#channel?.postMessage({ type: "end" });
    await this.#running;
    this.#channel?.close();
    await this.#vitest?.close();
  }

  async #renew() {
    await this.dispose();
    this.#mutantsSince = 0;
    await this.init();
  }

  #ask(question) {
    if (question.type === "mutant") this.#mutantsSince++;
    const answer = this.#next();
    this.#channel.postMessage(question);
    return answer;
  }

  #next() {
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }
}

function keptVitest() {
  return new KeptVitest();
}
keptVitest.inject = [];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "kept-vitest", keptVitest)];
