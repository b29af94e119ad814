// Schedules from a folder of JSON files.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defineJob, InvalidScheduleError, schedulesFrom } from "wheelwright";
import { anApp } from "./an-app.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function aFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-schedules-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const report = defineJob("ReportJob", {}, (_data: { day: string }) => undefined);

describe("schedulesFrom", () => {
  it("R33 reads every JSON file of a folder: one schedule or a list, named as its file unless it says", async () => {
    const folder = aFolder({
      "nightly.json": JSON.stringify({
        schedule: "0 3 * * *",
        job: "ReportJob",
        queue: "reports",
        data: { day: "yesterday" },
        timezone: "Europe/Berlin",
        enabled: false,
        description: "For the morning",
      }),
      "others.json": `\uFEFF${JSON.stringify([
        { name: "b", schedule: "@hourly", job: "ReportJob" },
        { name: "a", schedule: "@weekly", job: "ReportJob" },
      ])}`,
      "readme.md": "no schedule",
    });

    const { jobs } = anApp({ jobs: [report], schedules: schedulesFrom(folder) });

    expect(await jobs.schedules()).toMatchObject([
      { name: "a", timezone: "UTC", enabled: true, queue: null },
      { name: "b", schedule: "@hourly" },
      {
        name: "nightly",
        jobClass: "ReportJob",
        queue: "reports",
        data: '{"day":"yesterday"}',
        timezone: "Europe/Berlin",
        enabled: false,
        description: "For the morning",
      },
    ]);
  });

  it.each([
    [{ "a.json": "{" }, /Cannot read the schedule .+a\.json/],
    [{ "a.json": "null" }, /a\.json holds no schedule/],
    [{ "a.json": '["0 * * * *"]' }, /a\.json holds no schedule/],
  ])("refuses %j, by the name of the file", (files, message) => {
    const folder = aFolder(files);

    expect(() => schedulesFrom(folder)).toThrow(InvalidScheduleError);
    expect(() => schedulesFrom(folder)).toThrow(message);
  });

  it("R33 takes a byte order mark for one at the start of a file alone", () => {
    const written = { name: "a", schedule: "@hourly", job: "ReportJob", description: "no\uFEFFbreak" };

    expect(schedulesFrom(aFolder({ "a.json": JSON.stringify(written) }))).toEqual([written]);
  });

  it("refuses a folder that is not there", () => {
    expect(() => schedulesFrom(join(tmpdir(), "no-such-folder"))).toThrow(/Cannot read the folder of schedules/);
    expect(() => schedulesFrom(join(tmpdir(), "no-such-folder"))).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code: "ENOENT" }) }),
    );
  });
});
