const REASONS: Readonly<Record<string, string>> = {
  manual: 'by hand',
  signal: 'signal',
  auto_buy: 'auto-buy',
  stop_loss: 'stop loss',
  take_profit: 'take profit',
  dca: 'average down',
  stale: 'went nowhere',
  deposit: 'deposit',
}

/** Why something was bought, sold or closed, in words; a reason that is not known here is shown as it is. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return ''
  return REASONS[reason] ?? reason.replaceAll('_', ' ')
}
