import { lock, open } from 'holdfast'

const sale = lock({
  key: 'lock:sale:{positionId}',
  about: 'A position is sold by one process at a time.',
  lease: '5s',
})

const state = await open({ sale })
const sold = await state.sale.run(
  { positionId: '7' },
  async (lease) => {
    lease.assertHeld()
    return lease.token > 0n ? 'sold' : 'never'
  },
  { wait: '2s' },
)
console.log(sold) // sold

const tried = await state.sale.tryRun({ positionId: '7' }, async () => 'free')
console.log(tried.ran) // true

const both = await state.sale.runAll(
  [{ positionId: '8' }, { positionId: '7' }],
  async (leases) => leases.length,
)
console.log(both) // 2
await state.close()
