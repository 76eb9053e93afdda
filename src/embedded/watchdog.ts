import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { PLAIN_ENV } from './run-program.ts'

/**
 * Sends `signal` to `pid` when this process is gone, however it went: a shell waits on a pipe that only we hold open.
 * Returns the way to call it off, which has to be used as soon as `pid` has ended: a stranger may get the number.
 */
export function signalWhenWeAreGone(pid: number, signal: NodeJS.Signals): () => void {
  const script = 'read -r never; kill -s "$1" "$2"'
  const shell = spawn('/bin/sh', ['-c', script, 'sh', signal.slice('SIG'.length), String(pid)], {
    env: PLAIN_ENV,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without a shell the server merely outlives a kill of ours.
  shell.on('error', () => {})
  shell.unref()
  ;(shell.stdin as Socket).unref()
  return () => void shell.kill('SIGKILL')
}
