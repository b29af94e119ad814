// The door "wheelwright/sinon".

export { type JobSpies, spy } from "./spy.ts";
