// A PrismaClient as `prisma generate` writes it for a schema without models. Written by hand, for the generator asks for a
// download (the schema engine) that it then has no use for.

import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import * as runtime from "@prisma/client/runtime/client";

type Provider = "mysql" | "postgresql" | "sqlite";

/** The compiler of queries, in WebAssembly: nothing is downloaded. */
const COMPILERS: Readonly<Record<Provider, () => Promise<readonly [unknown, { readonly wasm: string }]>>> = {
  mysql: () =>
    Promise.all([
      import("@prisma/client/runtime/query_compiler_fast_bg.mysql.mjs"),
      import("@prisma/client/runtime/query_compiler_fast_bg.mysql.wasm-base64.mjs"),
    ]),
  postgresql: () =>
    Promise.all([
      import("@prisma/client/runtime/query_compiler_fast_bg.postgresql.mjs"),
      import("@prisma/client/runtime/query_compiler_fast_bg.postgresql.wasm-base64.mjs"),
    ]),
  sqlite: () =>
    Promise.all([
      import("@prisma/client/runtime/query_compiler_fast_bg.sqlite.mjs"),
      import("@prisma/client/runtime/query_compiler_fast_bg.sqlite.wasm-base64.mjs"),
    ]),
};

/** On PostgreSQL, in a schema that is also the name its connections go by. */
export function onPostgres(connectionString: string, schema: string): unknown {
  const pool = { connectionString, application_name: schema, options: `-c search_path=${schema}`, max: 2 };
  // A connection that is ended tells so by an event, too.
  return clientFor("postgresql", new PrismaPg(pool, { onConnectionError: () => {}, onPoolError: () => {} }));
}

export function onSqlite(file: string): unknown {
  return clientFor("sqlite", new PrismaLibSql({ url: `file:${file}` }));
}

export function onMysql(url: string): unknown {
  return clientFor("mysql", new PrismaMariaDb(url.replace(/^mysql:/, "mariadb:")));
}

function clientFor(provider: Provider, adapter: unknown): unknown {
  const schema = `generator client {
  provider   = "prisma-client"
  output     = "./generated"
  engineType = "client"
  runtime    = "nodejs"
}

datasource db {
  provider = "${provider}"
}
`;
  const config = {
    previewFeatures: [],
    clientVersion: "7.10.0",
    engineVersion: "0edf323efd1d98336f3f0a68684b56f689b900d3",
    activeProvider: provider,
    inlineSchema: schema,
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    // Of no models: counts of zero.
    parameterizationSchema: { strings: [], graph: "AAAAAAAAAAA=" },
    compilerWasm: {
      getRuntime: async () => (await COMPILERS[provider]())[0],
      getQueryCompilerWasmModule: async () =>
        new WebAssembly.Module(Buffer.from((await COMPILERS[provider]())[1].wasm, "base64")),
      importName: "./query_compiler_fast_bg.js",
    },
  };
  const PrismaClient = runtime.getPrismaClient(config as never); // `as`: its own type names the parts of its build
  return new PrismaClient({ adapter } as never); // `as`: likewise
}
