import { Component, type ReactNode } from 'react'
import { Notice } from './notice.tsx'

interface Props {
  readonly children: ReactNode
}

/** Keeps a section that fails to draw from taking the page with it. React offers this to classes only. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return <Notice error={error} onRetry={() => this.setState({ error: null })} />
  }
}
