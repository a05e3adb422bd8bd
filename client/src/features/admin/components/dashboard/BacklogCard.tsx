import { Alert, Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

import type { Stats } from '../../../../lib/api/types'
import { formatDuration, formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { backlogQuery, waitingIn } from '../../api/stats'
import { PanelCard } from './ChartCard'
import classes from './colors.module.css'

const BacklogChart = lazy(async () => ({ default: (await import('./BacklogChart')).BacklogChart }))

/** What waits for workers: now by queue, and how it went since the page knows. */
export function BacklogCard({ stats }: { readonly stats: Stats }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const { data: samples = [] } = useQuery(backlogQuery)
  const waiting = waitingIn(stats)
  return (
    <PanelCard title={t('dashboard.backlog.title')} hint={t('dashboard.backlog.hint')}>
      {waiting === null ? (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title={t('dashboard.backlog.unknown')}
        >
          {t('dashboard.backlog.unknownHint')}
        </Alert>
      ) : (
        <Stack gap="sm">
          <Group gap={8} align="baseline">
            <Text fz={32} fw={700} lh={1}>
              {formatNumber(waiting, language)}
            </Text>
            <Text size="sm" c="dimmed">
              {t('dashboard.backlog.now')}
            </Text>
          </Group>
          {samples.length > 1 && (
            // The table below has the numbers.
            <div aria-hidden>
              <Suspense fallback={<Skeleton height={110} />}>
                <BacklogChart samples={samples} />
              </Suspense>
            </div>
          )}
          <Queues queues={stats.queues ?? []} />
        </Stack>
      )}
    </PanelCard>
  )
}

function Queues({ queues }: { readonly queues: NonNullable<Stats['queues']> }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  return (
    // The focus can be in here: what is too wide scrolls by the arrow keys.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} role="region" aria-label={t('dashboard.backlog.queue')} tabIndex={0}>
      <Table fz="xs" verticalSpacing={4} horizontalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('dashboard.backlog.queue')}</Table.Th>
            <Table.Th ta="end">{t('dashboard.backlog.waiting')}</Table.Th>
            <Table.Th ta="end">{t('dashboard.backlog.oldest')}</Table.Th>
            <Table.Th ta="end">{t('dashboard.backlog.workers')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queues.map(({ name, kind, backlog, ageSeconds, pollers }) => (
            <Table.Tr key={`${name} ${kind}`}>
              <Table.Th scope="row" fw={400}>
                {name} · {t(`dashboard.backlog.${kind}`)}
              </Table.Th>
              <Table.Td ta="end">{formatNumber(backlog, language)}</Table.Td>
              <Table.Td ta="end">{backlog > 0 ? formatDuration(ageSeconds, language) : '–'}</Table.Td>
              <Table.Td
                ta="end"
                {...(pollers === 0
                  ? { c: 'light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))', fw: 600 }
                  : {})}
              >
                {pollers === 0 ? t('dashboard.backlog.noWorkers') : formatNumber(pollers, language)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
