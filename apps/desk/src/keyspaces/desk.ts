import { lock } from 'holdfast'

/** Work of the desk that must not run twice at a time. */
export const task = lock({
  key: 'lock:task:{task}',
  about: 'One process at a time seeds the demo, or looks after what was left open.',
  lease: '10s',
})
