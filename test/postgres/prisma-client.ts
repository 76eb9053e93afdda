import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client'
import type { PrismaLike } from 'holdfast/postgres'

// What `prisma generate` writes for a schema without models (generator `prisma-client`, version 7): the runtime of
// Prisma, its query compiler, and no binary. The generator's own command wants to download one, so its outcome is
// written down here.

const runtime = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object }
}

const config = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: '0edf323efd1d98336f3f0a68684b56f689b900d3',
  activeProvider: 'postgresql',
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: () => import(`${runtime}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm } = (await import(`${runtime}.wasm-base64.mjs`)) as { wasm: string }
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  },
} as unknown as GetPrismaClientConfig

/** A client of Prisma 7. */
export interface Prisma extends PrismaLike {
  $disconnect(): Promise<void>
}

/** Makes one over Prisma's driver adapter for node-postgres. */
export function prismaClient(pool: ConstructorParameters<typeof PrismaPg>[0]): Prisma {
  const Client = getPrismaClient(config) as unknown as new (options: { adapter: PrismaPg }) => Prisma
  return new Client({ adapter: new PrismaPg(pool) })
}
