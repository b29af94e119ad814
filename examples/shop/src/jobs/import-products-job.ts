// Reads an uploaded price list, row by row; bad rows are kept for the report and stop nothing.

import { createReadStream, existsSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { CsvError, type Info, parse } from "csv-parse";
import * as v from "valibot";
import { DiscardJob, type JobContext } from "wheelwright";
import type { Import } from "../database.ts";
import { ShopJob } from "./shop-job.ts";

const Row = v.object({
  sku: v.pipe(v.string(), v.regex(/^[A-Z]{2}-\d{3}$/, 'the sku must look like "AB-123"')),
  name: v.pipe(v.string(), v.minLength(1, "the name is missing")),
  /** "12.50" in the file, 1250 cents in the table. */
  price: v.pipe(
    v.string(),
    v.regex(/^\d+\.\d\d$/, 'the price must look like "12.50"'),
    v.transform((text) => Math.round(Number(text) * 100)),
  ),
  stock: v.pipe(v.optional(v.string(), ""), v.regex(/^\d+$/, "the stock must be a whole number"), v.transform(Number)),
});
type Row = v.InferOutput<typeof Row>;

interface Upload {
  readonly importId: number;
  readonly file: string;
}

export class ImportProductsJob extends ShopJob<Upload> {
  override config(): void {
    this.queue = "imports";
    this.timeout = 600;
  }

  async perform({ importId, file }: Upload, context: JobContext): Promise<void> {
    const { imports } = this.services.db;
    // The worker before this one may have died after its work and before it could say so.
    if (imports.get(importId).status === "done") return;
    if (!existsSync(file)) throw new DiscardJob(`the uploaded file ${file} is gone`);

    const report = await this.#import(file, context);

    imports.update(importId, { ...report, status: "done" });
    await rm(file);
    context.log.info(`${report.imported} products imported, ${report.refused.length} rows refused`);
  }

  async #import(file: string, context: JobContext): Promise<Pick<Import, "imported" | "refused">> {
    const refused: { line: number; reason: string }[] = [];
    let imported = 0;
    const { size } = await stat(file);
    for await (const { record, info } of rowsOf(file, context.signal)) {
      const row = v.safeParse(Row, record);
      if (row.success) {
        await this.#save(row.output);
        imported++;
      } else {
        refused.push({ line: info.lines, reason: row.issues.map(({ message }) => message).join("; ") });
      }
      if (info.records % 10 === 0) await context.progress(info.bytes, size, `${imported} products so far`);
    }
    await context.progress(size, size, `${imported} products, ${refused.length} rows refused`);
    return { imported, refused };
  }

  /** Added or changed: a row does no harm when a second attempt meets it again. */
  async #save(row: Row): Promise<void> {
    const { products } = this.services.db;
    const known = products.find(({ sku }) => sku === row.sku);
    if (known === undefined) await products.create(row);
    else products.update(known.id, row);
  }
}

/** The rows of a CSV file with a header. Stops when the job is timed out. Throws: DiscardJob for what is no CSV. */
async function* rowsOf(file: string, signal: AbortSignal): AsyncGenerator<{ record: unknown; info: Info }> {
  const rows = parse({ columns: true, info: true, trim: true, bom: true, relax_column_count: true });
  pipeline(createReadStream(file, { signal }), rows, () => undefined); // An error ends the loop below.
  try {
    yield* rows;
  } catch (error) {
    if (error instanceof CsvError) throw new DiscardJob(`this is no price list: ${error.message}`, { cause: error });
    throw error;
  }
}
