import { useQuery } from '@tanstack/react-query'
import { useEffect, type ReactElement } from 'react'
import { useDesk } from '../desk-context.ts'
import { formatCount, formatShare } from '../format/count.ts'
import { formatMoment } from '../format/time.ts'

/** The stream pushes progress; this is for the time when it is down. */
const POLL_MS = 5_000

/** How far the recorded market has come. Absent when prices are not a replay. */
export function ReplayStrip(): ReactElement | null {
  const { queries, followStatus } = useDesk()
  const { data } = useQuery({
    ...queries.status,
    refetchInterval: ({ state }) => (state.data?.replay && !state.data.replay.done ? POLL_MS : false),
  })
  const replay = data?.replay
  const replaying = Boolean(replay)
  useEffect(() => (replaying ? followStatus() : undefined), [followStatus, replaying])
  if (!replay) return null
  const share = Math.min(1, Math.max(0, replay.share))
  return (
    <section className="replay" aria-label="Replay">
      <span className="replay-state">{replay.done ? 'Replay finished' : 'Replay'}</span>
      <span className="replay-symbol">{replay.symbol}</span>
      <span className="replay-file" title={replay.file}>
        {replay.file.split(/[\\/]/).at(-1)}
      </span>
      <span>{replay.speed === 'max' ? 'at full speed' : `× ${formatCount(replay.speed)}`}</span>
      {replay.eventTime !== null && (
        <time dateTime={new Date(replay.eventTime).toISOString()}>{formatMoment(replay.eventTime)}</time>
      )}
      <span>{formatCount(replay.ticks)} ticks</span>
      {replay.malformed > 0 && (
        <span className="replay-malformed" title="Lines of the file that were skipped; the log names them">
          {formatCount(replay.malformed)} malformed
        </span>
      )}
      {replay.loops > 0 && <span>loop {formatCount(replay.loops + 1)}</span>}
      <progress data-testid="replay-progress" max={1} value={share} aria-label="Share of the file replayed" />
      <span className="replay-share">{formatShare(share)}</span>
    </section>
  )
}
