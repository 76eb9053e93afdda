/** A program that starts itself once more: the parent says the pid of its child, and both work until they are ended. */
import { endWithParent, startProgram } from '../../bench/processes.ts'

const { role } = JSON.parse(process.argv[2] ?? '') as { readonly role: 'parent' | 'child' }

if (role === 'child') {
  endWithParent()
  process.stdout.write(`${process.pid}\n`)
} else {
  const child = startProgram(new URL(import.meta.url), { role: 'child' })
  process.stdout.write(String(await child.ready))
}
setInterval(() => undefined, 1_000)
