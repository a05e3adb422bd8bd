import { Button, RingProgress } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import type { Ref } from 'react'
import { useTranslation } from 'react-i18next'

import { headline } from './headline'
import type { Summary } from './summary'
import classes from './Tray.module.css'

interface Props {
  readonly summary: Summary
  readonly onOpen: () => void
  readonly focusRef: Ref<HTMLButtonElement>
}

/** The minimised tray: how many files are where. */
export function TrayBadge({ summary, onOpen, focusRef }: Props) {
  const { t } = useTranslation('uploads')
  const parts = headline(summary, t)
  return (
    <Button
      ref={focusRef}
      className={classes.badge}
      variant="default"
      size="md"
      radius="xl"
      leftSection={<Sign summary={summary} />}
      aria-label={t('tray.open', { state: parts.join(', ') })}
      aria-expanded={false}
      onClick={onOpen}
    >
      {parts.slice(0, 2).join(' · ')}
    </Button>
  )
}

function Sign({ summary: { counts, sent, total, unsent } }: { readonly summary: Summary }) {
  if (unsent === 'none' && counts.processing === 0) {
    return counts.attention > 0 ? (
      <IconAlertTriangle size={20} aria-hidden />
    ) : (
      <IconCircleCheck size={20} aria-hidden />
    )
  }
  const share = total === 0 ? 100 : (100 * sent) / total
  return <RingProgress size={24} thickness={4} aria-hidden sections={[{ value: share, color: 'safelight' }]} />
}
