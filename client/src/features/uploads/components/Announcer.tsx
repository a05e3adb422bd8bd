import { VisuallyHidden } from '@mantine/core'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useTransfers } from '../stores/transfers'
import type { Phase } from './phase'
import type { Summary } from './summary'

const topics = ['added', 'held', 'paused', 'processing', 'done', 'attention', 'canceled'] as const
type Topic = (typeof topics)[number]

const topicOf: Readonly<Record<Phase, Topic | null>> = {
  waiting: 'added',
  sending: null,
  held: 'held',
  paused: 'paused',
  receiving: null,
  processing: 'processing',
  done: 'done',
  refused: 'attention',
  stalled: 'attention',
  rejected: 'attention',
  failed: 'attention',
  canceled: 'canceled',
}

/** What is said of the way from one state of the rows to the next. Progress alone is no news. */
export function changesOf(before: ReadonlyMap<string, Phase>, now: ReadonlyMap<string, Phase>): Map<Topic, string[]> {
  const news = new Map<Topic, string[]>()
  for (const [id, phase] of now) {
    const old = before.get(id)
    const topic = topicOf[phase]
    // A row that goes back to waiting was there before.
    if (phase !== old && topic !== null && !(topic === 'added' && old !== undefined)) {
      news.set(topic, [...(news.get(topic) ?? []), id])
    }
  }
  return news
}

/** Changes are gathered for so long before they are said. */
const sayEvery = 2500

type Props = Pick<Summary, 'phases' | 'unsent'>

/** Tells screen readers of changes, many at once in one sentence. */
export function Announcer({ phases, unsent }: Props) {
  const { t } = useTranslation('uploads')
  const [text, setText] = useState('')
  const said = useRef<Pick<Summary, 'phases' | 'unsent'>>({ phases: new Map(), unsent: 'none' })
  const say = useEffectEvent(() => {
    const before = said.current
    said.current = { phases, unsent }
    const { rows } = useTransfers.getState()
    const news = changesOf(before.phases, phases)
    const parts: string[] = topics.flatMap((topic) => {
      const ids = news.get(topic) ?? []
      const name = rows.get(ids[0] ?? '')?.name ?? ''
      return ids.length === 0 ? [] : [t(`announce.${topic}`, { count: ids.length, name })]
    })
    if (before.unsent !== 'none' && unsent === 'none') {
      parts.push(t('tray.safe'))
    }
    if (parts.length > 0) {
      setText(parts.join('. '))
    }
  })
  useEffect(() => {
    const timer = setInterval(() => say(), sayEvery)
    return () => clearInterval(timer)
  }, [])
  return <VisuallyHidden role="status">{text}</VisuallyHidden>
}
