import { useVenue } from '../venue/venue.ts'
import { drill } from './kill-drill.ts'

// A venue in a process of its own, which nobody kills: the steps that it has a part in.
const venue = useVenue()

drill(
  () => ({ VENUE_URL: venue.url }),
  async (_db, intentId) => {
    const { fills, received } = await venue.ledger()
    const sent = received.filter((id) => id === intentId).length
    return sent > 1 ? sent : fills.filter(({ clientOrderId }) => clientOrderId === intentId).length
  },
  ['submitted', 'executed', 'before-commit'],
)
