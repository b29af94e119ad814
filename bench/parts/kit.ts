// What a test pays before its first line: making a kit; and what a suite pays for a thousand times ten of them.

import { inTurns } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { KitsLeft } from "../programs/kits.ts";
import type { Making } from "../programs/make.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { OUR_MAKERS, PEER_MAKERS } from "../subjects/makers.ts";
import { spread, table } from "../table.ts";
import { atMost, type Verdict } from "../verdict.ts";

/** Milliseconds; bytes that a kit may leave behind (the noise of 9000 of them; one kept kit is many thousand). */
const WANTED = { made: 1, bytesLeft: 100, handlesLeft: 0 };

export async function kit(plan: Plan): Promise<readonly Verdict[]> {
  return [...(await making(plan)), ...(await leaving(plan))];
}

async function making({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const rounds = quick ? 3 : 15;
  const makers = [...OUR_MAKERS, ...(peers ? PEER_MAKERS : [])];
  const measured = await inTurns<Making>(
    makers.map((maker) => ({ program: "make", args: [maker] })),
    { rounds, byCpu },
  );
  const rows = makers.map((maker, index) => {
    const results = (measured[index] ?? []).map(({ result }) => result);
    return {
      maker,
      first: spreadOf(results.map(({ first }) => first)),
      later: spreadOf(results.map(({ later }) => later)),
    };
  });
  console.log(`\nMilliseconds to make one, median (least – most) of ${rounds}\n`);
  console.log(
    table([
      ["", "the first of its process", "after a hundred"],
      ...rows.map(({ maker, first, later }) => [maker, spread(first), spread(later)]),
    ]),
  );
  const ours = rows.find(({ maker }) => maker === "wheelwright kit");
  return [made("first of its process", ours?.first), made("after a hundred", ours?.later)];
}

function made(which: string, time: Spread | undefined): Verdict {
  return atMost(`a kit is made, ${which}`, WANTED.made, time?.median ?? Number.NaN, " ms");
}

async function leaving({ quick, byCpu }: Plan): Promise<readonly Verdict[]> {
  const rounds = quick ? 1 : 3;
  const [measured = []] = await inTurns<KitsLeft>([{ program: "kits", args: [] }], { rounds, byCpu });
  const results = measured.map(({ result }) => result);
  const bytes = spreadOf(results.map(({ bytesPerKit }) => bytesPerKit));
  const handles = spreadOf(results.map((result) => result.handles));
  const time = spreadOf(results.map(({ millisecondsPerKit }) => millisecondsPerKit));
  console.log(`\nTen kits made, used for one job and disposed, a thousand times; median (least – most) of ${rounds}\n`);
  console.log(
    table([
      ["", "from the 100th round on"],
      ["bytes of heap left, per kit", spread(bytes)],
      ["handles left", String(handles.median)],
      ["milliseconds per kit, all of its life", spread(time)],
    ]),
  );
  return [
    atMost("heap that a disposed kit leaves", WANTED.bytesLeft, bytes.median, " bytes"),
    atMost("handles that ten thousand kits leave", WANTED.handlesLeft, handles.median),
  ];
}
