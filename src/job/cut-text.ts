// Shortening a text for people and for columns.

/** At most `max` UTF-16 units of a text, an ellipsis included where something was left out; never half a surrogate pair. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 2);
  const wouldHalve = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, wouldHalve ? max - 2 : max - 1)}…`;
}
