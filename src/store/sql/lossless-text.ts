// Texts for databases that do not keep all of them apart: Oracle takes '' for NULL, SQL Server `a ` for `a` (R38).

/** Looks like what it stands for, should somebody read the table: U+2420, the symbol for space. */
const MARK = "\u2420";

/** The text as it is stored: one that is empty, or ends with a space or the mark, gets the mark behind it. */
export function lossless(text: string): string {
  return text === "" || text.endsWith(" ") || text.endsWith(MARK) ? text + MARK : text;
}

/** What `lossless` was given. A row that somebody else has written is taken as it is. */
export function asGiven(stored: string): string {
  return stored.endsWith(MARK) ? stored.slice(0, -MARK.length) : stored;
}
