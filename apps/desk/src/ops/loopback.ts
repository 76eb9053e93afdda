import { isIPv4 } from 'node:net'

/**
 * Whether a request with this `Host` header was addressed to this machine by a name that is nobody else's. A page of
 * somebody's domain that resolves to 127.0.0.1 (DNS rebinding) reaches a desk here, but names that domain.
 */
export function namesLoopback(hostHeader: string | undefined): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(hostHeader ?? '') ?? []
  return isLoopback((bracketed ?? plain ?? '').toLowerCase())
}

/** Whether a server that listens on `host` is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
