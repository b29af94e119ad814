// Job ids: UUID version 7, sortable by time, monotonic within one source.

/** Makes ids. One source never gives the same id twice, and each is greater than the one before, as text. */
export interface IdSource {
  /** `nowMs`: whole milliseconds since 1970, for the id's first 48 bits. A clock that steps back is not followed. */
  next(nowMs: number): string;
}

const HEX = Buffer.from("0123456789abcdef", "latin1");
const BYTES_PER_ID = 6;
/** Random bytes are taken for few ids at first, then for ever more: most kits make a handful, and a seed is slow. */
const FIRST_POOL_BYTES = BYTES_PER_ID * 8;
const POOL_BYTES = BYTES_PER_ID * 512;
const COUNTER_LIMIT = 2 ** 26;
/** The last millisecond that 48 bits can tell, in the year 10889. */
const LAST_MS = 2 ** 48 - 1;

/**
 * A source of UUIDv7s. `fill` puts random bytes into what it is given; a seeded one makes the ids repeatable.
 *
 * Layout: 48 bits of time, a 26-bit counter that starts at a random value below 2^25 each millisecond, 48 random bits.
 * Source: RFC 9562, section 5.7 and section 6.2, method 1 (fixed-length dedicated counter).
 */
export function createIdSource(fill: (bytes: Uint8Array) => void, counterLimit: number = COUNTER_LIMIT): IdSource {
  // Written into one buffer, byte by byte: building the text by concatenation takes three times as long.
  const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1");
  const pool = new Uint8Array(POOL_BYTES);
  let filled = 0;
  let used = 0;
  let lastMs = -1;
  let counter = 0;

  function take6(): number {
    if (used === filled) {
      filled = filled === 0 ? FIRST_POOL_BYTES : Math.min(filled * 4, POOL_BYTES);
      fill(pool.subarray(0, filled));
      used = 0;
    }
    const at = used;
    used += BYTES_PER_ID;
    return at;
  }

  function startMillisecond(ms: number): void {
    lastMs = ms;
    const at = take6();
    counter = (((pool[at] as number) << 16) | ((pool[at + 1] as number) << 8) | (pool[at + 2] as number)) * 2; // `as`: inside the pool
    let rest = ms;
    for (const place of TIME_PLACES) {
      text[place] = HEX[rest % 16] as number; // `as`: rest % 16 is inside HEX
      rest = Math.floor(rest / 16);
    }
  }

  function writeCounter(): void {
    text[15] = HEX[(counter >> 22) & 15] as number; // `as`, here and below: an index of four bits is inside HEX
    text[16] = HEX[(counter >> 18) & 15] as number;
    text[17] = HEX[(counter >> 14) & 15] as number;
    text[19] = HEX[8 | ((counter >> 12) & 3)] as number;
    text[20] = HEX[(counter >> 8) & 15] as number;
    text[21] = HEX[(counter >> 4) & 15] as number;
    text[22] = HEX[counter & 15] as number;
  }

  return {
    next(nowMs: number): string {
      if (nowMs > lastMs && lastMs < LAST_MS) startMillisecond(Math.min(nowMs, LAST_MS));
      else if (++counter >= counterLimit) startMillisecond(lastMs + 1);
      writeCounter();
      const at = take6();
      for (let index = 0; index < 6; index++) {
        const byte = pool[at + index] as number; // `as`: inside the pool
        text[24 + 2 * index] = HEX[byte >> 4] as number;
        text[25 + 2 * index] = HEX[byte & 15] as number;
      }
      return text.toString("latin1");
    },
  };
}

const TIME_PLACES: readonly number[] = [12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1, 0];
