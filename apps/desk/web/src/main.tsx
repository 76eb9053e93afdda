import 'uplot/dist/uPlot.min.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/shell.css'
import './styles/board.css'
import './styles/asset.css'
import './styles/agents.css'
import './styles/trading.css'
import './styles/lines.css'
import './styles/tickets.css'
import './styles/settings.css'
import './styles/state.css'
import './styles/sign-in.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { DeskContext } from './desk-context.ts'
import { createDesk } from './desk.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root element')

const desk = createDesk()

createRoot(root).render(
  <StrictMode>
    <DeskContext value={desk}>
      <QueryClientProvider client={desk.queryClient}>
        <App />
      </QueryClientProvider>
    </DeskContext>
  </StrictMode>,
)
