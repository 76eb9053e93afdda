import { useEffect, type ReactElement } from 'react'
import { isTyping } from './typing.ts'

const DIALOG_ID = 'shortcuts'

const SHORTCUTS = [
  { keys: ['/'], does: 'Filter the board' },
  { keys: ['↑', '↓'], does: 'Move between assets or positions; Home and End jump' },
  { keys: ['Enter'], does: 'Open the asset' },
  { keys: ['b'], does: 'Buy: the selected asset, or for the agent on screen' },
  { keys: ['s'], does: 'Sell: the selected asset or position' },
  { keys: ['Esc'], does: 'Close the ticket, the asset or the agent; clear the filter' },
  { keys: ['←', '→'], does: 'Walk through candles when the chart has the focus' },
  { keys: ['+', '−'], does: 'Zoom the chart' },
  { keys: ['?'], does: 'Show this list' },
] as const

/** Shows the list of shortcuts. */
export function openShortcuts(): void {
  const dialog = document.getElementById(DIALOG_ID)
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal()
}

/** The list of shortcuts, opened with `?`. */
export function Shortcuts(): ReactElement {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event)) openShortcuts()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <dialog id={DIALOG_ID} className="dialog" aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">Keyboard</h2>
      <dl className="shortcuts">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" className="button">
          Close
        </button>
      </form>
    </dialog>
  )
}
