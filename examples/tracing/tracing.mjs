// Spans of jobs, with the API of OpenTelemetry: the enqueue, and below it each attempt, in whichever process it runs.
// It knows nothing of the app: the steps come from node:diagnostics_channel, and the trace of a request from `carry`.

import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** The context of the step that runs: its span, active. */
const ofStep = new AsyncLocalStorage();

/** For `createJobs({ carry })`: the trace goes along in the job's row, as it goes along in a request's headers. */
export const carry = {
  capture() {
    const headers = {};
    propagation.inject(ofStep.getStore() ?? context.active(), headers);
    return headers;
  },
  restore: (_headers, run) => context.with(ofStep.getStore() ?? context.active(), run),
};

/** From now on enqueues and attempts of this process are spans. Returns what ends that. */
export function traceJobs() {
  const tracer = trace.getTracer("wheelwright");
  const ends = [
    follow("wheelwright:enqueue", ({ jobClasses }) => {
      const here = context.active();
      const span = tracer.startSpan(`enqueue ${jobClasses.join(", ")}`, { kind: SpanKind.PRODUCER }, here);
      return trace.setSpan(here, span);
    }),
    follow("wheelwright:perform", ({ job }) => {
      const origin = propagation.extract(context.active(), job.carried ?? {});
      const attributes = { "job.id": job.id, "job.queue": job.queue, "job.attempt": job.attempts };
      const span = tracer.startSpan(`perform ${job.jobClass}`, { kind: SpanKind.CONSUMER, attributes }, origin);
      return trace.setSpan(origin, span);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** `begin` makes the context of a step with a span in it, which ends with the step. */
function follow(name, begin) {
  const contexts = new WeakMap();
  const { start, asyncEnd } = tracingChannel(name);
  const end = (step) => {
    const span = trace.getSpan(contexts.get(step) ?? context.active());
    if (step.error !== undefined) {
      span?.recordException(step.error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: step.error?.message });
    }
    span?.end();
  };
  start.bindStore(ofStep, (step) => {
    const begun = begin(step);
    contexts.set(step, begun);
    return begun;
  });
  asyncEnd.subscribe(end);
  return () => {
    start.unbindStore(ofStep);
    asyncEnd.unsubscribe(end);
  };
}
