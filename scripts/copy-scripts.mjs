// tsc leaves everything but TypeScript behind: puts the Lua scripts beside the compiled modules that read them.
import { cp } from 'node:fs/promises'

const isScriptOrFolder = (path) => !/\.[a-z]+$/.test(path) || path.endsWith('.lua')
await cp('src', 'dist', { recursive: true, filter: isScriptOrFolder })
