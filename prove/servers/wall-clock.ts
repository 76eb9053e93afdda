import { execFile } from 'node:child_process'
import { mkdtemp, open } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The wall clock of Redis, which can be moved. */
export interface WallClock {
  /** For the environment of the servers whose clock it is. */
  readonly env: Readonly<Record<string, string>>
  /** It shows so many seconds more than the clock of this machine from now on; or fewer. */
  moveTo(seconds: number): Promise<void>
}

const SOURCE = 'prove/servers/wall-clock.c'
const LONGEST_COMPILE_MS = 30_000

/** Undefined where there is no C compiler, or none whose libraries can be preloaded. */
export async function movableWallClock(): Promise<WallClock | undefined> {
  if (process.platform !== 'linux') return undefined
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-wall-clock-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = join(folder, 'wall-clock.so')
  const isCompiled = await promisify(execFile)('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE], {
    timeout: LONGEST_COMPILE_MS,
  }).then(
    () => true,
    () => false,
  )
  if (!isCompiled) return undefined
  const file = await open(join(folder, 'seconds'), 'w+')
  const moveTo = async (seconds: number): Promise<void> => {
    const bytes = new BigInt64Array([BigInt(seconds)])
    await file.write(bytes, 0, bytes.byteLength, 0)
  }
  await moveTo(0)
  return { env: { LD_PRELOAD: library, HOLDFAST_WALL_CLOCK: join(folder, 'seconds') }, moveTo }
}
