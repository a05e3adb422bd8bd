import type { TFunction } from 'i18next'

import type { Notification } from '../../lib/api/types'

const reasons = [
  'created',
  'versioned',
  'duplicate',
  'restored',
  'unchanged',
  'infected',
  'unscannable',
  'corrupt',
  'unsupported',
  'too_many_pixels',
  'integrity',
] as const

type Words = Pick<Notification, 'kind' | 'title' | 'body' | 'subject' | 'reason'>

/**
 * Puts a notification into the language of the page. What there are no words for,
 * as a reason that is newer than the page, is told in the server's.
 */
export function wordsOf(
  { kind, title, body, subject: name, reason }: Words,
  t: TFunction<'notifications'>,
): { readonly title: string; readonly body: string } {
  if (kind === 'upload.failed') {
    return { title: t('failed', { name }), body }
  }
  const known = kind === 'upload.stalled' ? 'stalled' : reasons.find((one) => one === reason)
  return known === undefined
    ? { title, body }
    : { title: t(`told.${known}.title`, { name }), body: t(`told.${known}.body`) }
}
