// One trace from a request through the queue, with OpenTelemetry's own tracer.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { carry, traceJobs } from "./tracing.mjs";

const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("the app");

/** An order is packed; the first time the printer has no paper. */
const packOrder = defineJob("PackOrder", { maxRetries: 2 }, async (_order, { attempt }) => {
  const span = tracer.startSpan("print label");
  span.end();
  if (attempt === 1) throw new Error("no paper");
});

const spanNamed = (name, nth = 0) => exporter.getFinishedSpans().filter((span) => span.name === name)[nth];
const parentOf = (span) => span.parentSpanContext?.spanId;
const idOf = (span) => span.spanContext().spanId;
let endTracing;

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  endTracing = traceJobs();
});
afterEach(() => exporter.reset());
after(() => endTracing());

describe("a trace through the queue", () => {
  it("hangs each attempt, and what it calls, below the request that enqueued", async () => {
    const kit = await createTestKit({ jobs: [packOrder], carry });
    await tracer.startActiveSpan("POST /orders", async (request) => {
      await kit.jobs.enqueue(packOrder, { id: 7 });
      request.end();
    });
    await kit.drainUntilIdle();

    const enqueue = spanNamed("enqueue PackOrder");
    const attempts = [spanNamed("perform PackOrder"), spanNamed("perform PackOrder", 1)];
    assert.equal(parentOf(enqueue), idOf(spanNamed("POST /orders")));
    assert.deepEqual(attempts.map(parentOf), [idOf(enqueue), idOf(enqueue)]);
    assert.deepEqual([parentOf(spanNamed("print label")), parentOf(spanNamed("print label", 1))], attempts.map(idOf));
    assert.equal(new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId)).size, 1);
    await kit.dispose();
  });

  it("tells which attempt failed, and why", async () => {
    const kit = await createTestKit({ jobs: [packOrder], carry });
    await kit.jobs.enqueue(packOrder, { id: 7 });
    await kit.drainUntilIdle();

    const [first, second] = [spanNamed("perform PackOrder"), spanNamed("perform PackOrder", 1)];
    assert.deepEqual([first.attributes["job.attempt"], first.status.message], [1, "no paper"]);
    assert.equal(first.events[0].name, "exception");
    assert.deepEqual([second.attributes["job.attempt"], second.status.message], [2, undefined]);
    await kit.dispose();
  });

  it("makes no span once it has ended", async () => {
    endTracing();
    const kit = await createTestKit({ jobs: [packOrder], carry });
    await kit.jobs.enqueue(packOrder, { id: 7 });
    await kit.drainUntilIdle();

    const names = exporter.getFinishedSpans().map(({ name }) => name);
    assert.deepEqual(names, ["print label", "print label"]);
    await kit.dispose();
    endTracing = traceJobs();
  });
});
