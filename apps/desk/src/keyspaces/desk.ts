import { lock } from 'holdfast'

/** Work of the desk that must not run twice at a time. */
export const task = lock({
  key: 'lock:task:{task}',
  about: 'One process at a time seeds the demo, settles what was left open, notes what agents are worth.',
  lease: '10s',
})
