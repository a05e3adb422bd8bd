import { ActionIcon, Button, Group, Paper, Progress, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { IconMinus, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { type KeyboardEvent, type Ref, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useLanguage } from '../../../lib/i18n/useLanguage'
import { useQueue } from '../sending/queues'
import { useTransfers } from '../stores/transfers'
import { type TrayFilter, trayFilters, useTrayView } from '../stores/tray'
import { bytesLine, headline } from './headline'
import { type Group as PhaseGroup, groupOf } from './phase'
import type { Summary } from './summary'
import classes from './Tray.module.css'
import { TrayFoot } from './TrayFoot'
import { TrayList } from './TrayList'

interface Props {
  readonly summary: Summary
  readonly onMinimise: () => void
  readonly focusRef: Ref<HTMLButtonElement>
}

/** The open tray. */
export function TrayPanel({ summary, onMinimise, focusRef }: Props) {
  const { t } = useTranslation('uploads')
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      onMinimise()
    }
  }
  return (
    <Paper
      component="aside"
      aria-label={t('tray.title')}
      className={classes.panel}
      shadow="xl"
      withBorder
      radius="lg"
      onKeyDown={onKey}
    >
      <Stack gap={6} p="sm" pb="xs">
        <Head summary={summary} onMinimise={onMinimise} focusRef={focusRef} />
      </Stack>
      <Shown summary={summary} />
      <TrayFoot summary={summary} />
    </Paper>
  )
}

function Head({ summary, onMinimise, focusRef }: Props) {
  const { t } = useTranslation('uploads')
  const language = useLanguage()
  const { filter, show } = useTrayView()
  const { sent, total, unsent } = summary
  const labels = counted(summary)
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={0} miw={0}>
          <Title order={2} size="h5">
            {headline(summary, t)[0]}
          </Title>
          <Text size="sm" c="dimmed">
            {headline(summary, t).slice(1).join(' · ')}
          </Text>
        </Stack>
        <Group gap={4} wrap="nowrap">
          <PauseAll summary={summary} />
          <ActionIcon ref={focusRef} variant="subtle" color="gray" aria-label={t('tray.minimise')} onClick={onMinimise}>
            <IconMinus size={18} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      {unsent !== 'none' && (
        <>
          <Progress value={total === 0 ? 0 : (100 * sent) / total} size="sm" aria-label={t('summary.progress')} />
          <Text size="xs" c="dimmed">
            {bytesLine(summary, t, language)}
          </Text>
        </>
      )}
      {summary.phases.size > 3 && (
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('tray.filter')}
          value={filter}
          onChange={(value) => show(value)}
          data={trayFilters.map((value) => ({ value, label: `${t(`filter.${value}`)} ${labels[value]}` }))}
        />
      )}
    </>
  )
}

function counted({ counts, phases }: Summary): Record<TrayFilter, number> {
  const { sending, paused, processing, attention, done, canceled } = counts
  return { all: phases.size, active: sending + paused + processing, attention, done: done + canceled }
}

const filtered: Readonly<Record<TrayFilter, readonly PhaseGroup[]>> = {
  all: ['sending', 'paused', 'processing', 'attention', 'done', 'canceled'],
  active: ['sending', 'paused', 'processing'],
  attention: ['attention'],
  done: ['done', 'canceled'],
}

function Shown({ summary: { phases } }: { readonly summary: Summary }) {
  const { t } = useTranslation('uploads')
  const order = useTransfers((transfers) => transfers.order)
  const chosen = useTrayView((view) => view.filter)
  const filter = phases.size > 3 ? chosen : 'all'
  const ids = useMemo(() => {
    const groups = filtered[filter]
    return filter === 'all' ? order : order.filter((id) => groups.includes(groupOf(phases.get(id) ?? 'waiting')))
  }, [order, phases, filter])
  return ids.length === 0 ? (
    <Text c="dimmed" ta="center" py="xl">
      {t('tray.none')}
    </Text>
  ) : (
    <TrayList ids={ids} />
  )
}

function PauseAll({ summary: { counts } }: { readonly summary: Summary }) {
  const { t } = useTranslation('uploads')
  const queue = useQueue()
  if (counts.sending + counts.paused < 2) {
    return null
  }
  const all = () => useTransfers.getState().order
  const paused = () => {
    const { rows, order } = useTransfers.getState()
    return order.filter((id) => rows.get(id)?.transfer.stage === 'paused')
  }
  return counts.sending > 0 ? (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconPlayerPause size={16} aria-hidden />}
      onClick={() => queue.pause(all())}
    >
      {t('tray.pauseAll')}
    </Button>
  ) : (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconPlayerPlay size={16} aria-hidden />}
      onClick={() => queue.resume(paused())}
    >
      {t('tray.resumeAll')}
    </Button>
  )
}
