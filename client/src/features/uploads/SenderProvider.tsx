import type { ReactNode } from 'react'

import { type Sender, SenderContext } from '../../lib/sending'

const nobody: Sender = { send: () => undefined, pick: () => undefined }

interface Props {
  readonly children: ReactNode
}

export function SenderProvider({ children }: Props) {
  return <SenderContext value={nobody}>{children}</SenderContext>
}
