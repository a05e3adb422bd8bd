import type { QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import type { Upload } from '../../../lib/api/types'
import { uploadQuery } from '../api/upload'
import { secondsLeft } from '../sending/speed'
import { isUnsent, type Row, useTransfers } from '../stores/transfers'
import { type Group, groupOf, type Phase, phaseOf } from './phase'

/** What the tray says of all its rows together. */
export interface Summary {
  readonly phases: ReadonlyMap<string, Phase>
  readonly counts: Readonly<Record<Group, number>>
  readonly held: boolean
  /** Bytes of what is sent from here, and how many of them went already. */
  readonly sent: number
  readonly total: number
  readonly secondsLeft: number | null
  /** What is not sent yet: nothing, files that a reload finds again, or some that it does not. */
  readonly unsent: 'none' | 'kept' | 'lost'
}

/** Adds up rows; uploadOf gives what is known of an upload. */
export function summarise(rows: Iterable<Row>, uploadOf: (id: string) => Upload | undefined): Summary {
  const phases = new Map<string, Phase>()
  const counts: Record<Group, number> = { sending: 0, paused: 0, processing: 0, attention: 0, done: 0, canceled: 0 }
  let [sent, total, speed, held, unsent] = [0, 0, 0, false, 'none' as Summary['unsent']]
  for (const row of rows) {
    const { transfer } = row
    const phase = phaseOf(transfer, transfer.stage === 'sent' ? uploadOf(transfer.uploadId) : undefined)
    phases.set(row.id, phase)
    counts[groupOf(phase)]++
    held ||= phase === 'held'
    if (isUnsent(transfer)) {
      total += row.size
      sent += 'sent' in transfer ? transfer.sent : 0
      speed += transfer.stage === 'sending' ? (transfer.speed ?? 0) : 0
      unsent = row.kept && unsent !== 'lost' ? 'kept' : 'lost'
    } else if (transfer.stage === 'sent' && row.id !== transfer.uploadId) {
      total += row.size
      sent += row.size
    }
  }
  return { phases, counts, held, sent, total, secondsLeft: secondsLeft(total - sent, speed), unsent }
}

const redrawEvery = 500

/** The summary of the tray, drawn twice a second at most. */
export function useSummary(): Summary {
  const client = useQueryClient()
  const [summary, setSummary] = useState(() => summariseNow(client))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    let last = 0
    const changed = () => {
      timer ??= setTimeout(
        () => {
          timer = null
          last = performance.now()
          setSummary(summariseNow(client))
        },
        Math.max(0, last + redrawEvery - performance.now()),
      )
    }
    changed() // it may have moved on since the first drawing
    const leaveRows = useTransfers.subscribe(changed)
    const leaveCache = client.getQueryCache().subscribe(({ type, query }) => {
      if (type === 'updated' && isUpload(query)) {
        changed()
      }
    })
    return () => {
      leaveRows()
      leaveCache()
      if (timer !== null) {
        clearTimeout(timer)
      }
    }
  }, [client])
  return summary
}

function isUpload({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return queryKey[0] === 'uploads' && queryKey[1] === 'one'
}

function summariseNow(client: QueryClient): Summary {
  const { rows } = useTransfers.getState()
  return summarise(rows.values(), (id) => client.getQueryData(uploadQuery(id).queryKey))
}
