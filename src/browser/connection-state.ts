/**
 * How a client is doing.
 *
 *   closed ──start──▶ connecting ──ready──▶ live ◀──message── quiet
 *                        ▲   │               │  ──silence──▶   │
 *                        │   └──refused──┐   │ lost            │ silent too long
 *                        └──delay over── waiting ◀─────────────┘
 *
 * `since` is when the last message arrived (wall clock ms), null before the first one.
 */
export type ConnectionState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'connecting'; readonly since: number | null }
  | { readonly kind: 'live' }
  | { readonly kind: 'quiet'; readonly since: number }
  | {
      readonly kind: 'waiting'
      readonly since: number | null
      /** When the next attempt starts, wall clock ms. */
      readonly retryAt: number
      /** The close code, or what the server did not do: answer at all, or go on. */
      readonly cause: number | 'unanswered' | 'silent'
    }
