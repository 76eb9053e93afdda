// Builds what the bench measures, then runs it.
import { spawnSync } from 'node:child_process'

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status ?? 1
process.exitCode =
  run('npx', ['tsc', '-b', 'src', 'bench']) ||
  run('node', ['scripts/bundle.mjs']) ||
  run('node', ['.tsbuild/bench/run.js', ...process.argv.slice(2)])
