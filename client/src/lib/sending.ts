import { createContext, use } from 'react'

export interface SendOptions {
  /** The file that these bytes become the next version of. */
  readonly fileId?: string
}

/** Takes files on their way to the server; the tray shows what becomes of them. */
export interface Sender {
  send(files: readonly File[], options?: SendOptions): void
  /** Opens the browser's file dialog and sends what is picked. */
  pick(options?: SendOptions & { readonly folder?: boolean }): void
}

export const SenderContext = createContext<Sender | null>(null)

/** The sender of this page. Every signed-in page has one. */
export function useSender(): Sender {
  const sender = use(SenderContext)
  if (sender === null) {
    throw new Error('useSender outside of SenderContext')
  }
  return sender
}
