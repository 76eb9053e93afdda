// Builds the proof, then runs it.
import { spawnSync } from 'node:child_process'

const run = (command, args) => spawnSync(command, args, { stdio: ['inherit', 2, 'inherit'] }).status ?? 1
const builds = run('npx', ['tsc', '-b', 'src', 'prove']) || run(process.execPath, ['scripts/bundle.mjs'])
process.exitCode =
  builds ||
  (spawnSync(process.execPath, ['.tsbuild/prove/run.js', ...process.argv.slice(2)], { stdio: 'inherit' })
    .status ??
    1)
