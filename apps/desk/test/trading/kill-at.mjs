// Preloaded into a desk: kills it, as `kill -9` does, at the step of a trade that KILL_AT names.
import { subscribe } from 'node:diagnostics_channel'

const { KILL_AT } = process.env
subscribe('desk:step', ({ step }) => {
  if (step === KILL_AT) process.kill(process.pid, 'SIGKILL')
})
