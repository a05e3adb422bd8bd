import { createContext, use } from 'react'

export interface SendOptions {
  /** The file that these bytes become the next version of. */
  readonly fileId?: string
}

/**
 * Takes files on their way to the server; the tray shows what becomes of them.
 *
 * Files that are dropped anywhere on a page are sent without the page doing
 * anything. A part of a page that stands for one file takes what is dropped on
 * it as that file's next version when it says so by `data-drop-file-id={file.id}`
 * (see dropTarget). One that wants to do something else with a drop handles it
 * and calls `preventDefault`.
 */
export interface Sender {
  send(files: readonly File[], options?: SendOptions): void
  /** Opens the browser's file dialog and sends what is picked. */
  pick(options?: SendOptions & { readonly folder?: boolean }): void
}

/** Attributes of an element on which a file is dropped to become the next version of fileId. */
export function dropTarget(fileId: string): { readonly 'data-drop-file-id': string } {
  return { 'data-drop-file-id': fileId }
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
