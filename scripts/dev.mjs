// Everything that a change needs, running side by side: types and build in watch mode, the desk restarted after each
// build, and the dashboard with hot reload on http://127.0.0.1:5173, its API calls passed on to the desk.
import { spawn } from 'node:child_process'

const children = [
  ['npx', ['tsc', '-b', 'src', 'apps/desk', '--watch', '--preserveWatchOutput']],
  ['node', ['scripts/bundle.mjs', '--watch']],
  [
    'node',
    ['--watch-path=apps/desk/dist', '--watch-path=dist', 'apps/desk/dist/main.js', ...process.argv.slice(2)],
  ],
  ['npx', ['vite', 'apps/desk/web', '--host', '127.0.0.1']],
].map(([command, args]) => spawn(command, args, { stdio: 'inherit' }))

const stop = () => children.forEach((child) => child.kill('SIGTERM'))
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
for (const child of children) child.once('exit', stop)
