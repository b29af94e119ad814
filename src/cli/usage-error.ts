// The two ways a command ends other than well.

/** The command line was used wrongly: exit 2, and this one line, which says what is wrong and what is allowed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for could not be done: exit 1, and this line. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
