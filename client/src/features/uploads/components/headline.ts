import type { TFunction } from 'i18next'

import { formatBytes, formatDuration } from '../../../lib/format'
import type { Summary } from './summary'

/** What is told of all files together, most urgent first. */
export function headline({ counts, held }: Summary, t: TFunction<'uploads'>): string[] {
  const parts: string[] = []
  if (counts.sending > 0) {
    parts.push(held ? t('summary.held') : t('summary.sending', { count: counts.sending }))
  }
  if (counts.paused > 0) {
    parts.push(t('summary.paused', { count: counts.paused }))
  }
  if (counts.processing > 0) {
    parts.push(t('summary.processing', { count: counts.processing }))
  }
  if (counts.attention > 0) {
    parts.push(t('summary.attention', { count: counts.attention }))
  }
  if (counts.done > 0 || parts.length === 0) {
    parts.push(t('summary.done', { count: counts.done }))
  }
  return parts
}

/** How far the bytes are, and how long it takes. */
export function bytesLine(summary: Summary, t: TFunction<'uploads'>, language: string): string {
  const { sent, total, secondsLeft } = summary
  const bytes = t('summary.bytes', { sent: formatBytes(sent, language), total: formatBytes(total, language) })
  return secondsLeft === null || secondsLeft < 1
    ? bytes
    : `${bytes} · ${t('summary.left', { time: formatDuration(secondsLeft, language) })}`
}
