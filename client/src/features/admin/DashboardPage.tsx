import { Badge, SegmentedControl, SimpleGrid, Skeleton, Stack } from '@mantine/core'
import { IconBroadcast } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

import { Loading } from '../../components/Loading'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { RelativeTime } from '../../components/Time'
import { useConnection } from '../../lib/events/events'
import { statsQuery } from './api/stats'
import { BacklogCard } from './components/dashboard/BacklogCard'
import { OutcomesCard } from './components/dashboard/OutcomesCard'
import { SavedCard } from './components/dashboard/SavedCard'
import { Tiles } from './components/dashboard/Tiles'
import { useFilters } from './filters'

// What draws charts is larger than all the rest of the page.
const UploadsCard = lazy(async () => ({ default: (await import('./components/dashboard/UploadsCard')).UploadsCard }))
const StepsCard = lazy(async () => ({ default: (await import('./components/dashboard/StepsCard')).StepsCard }))

const spec = { range: ['24h', '30d'] } as const

/** The system in numbers, which change while one looks. */
export function DashboardPage() {
  const { t } = useTranslation('admin')
  const { data: stats, error, refetch } = useQuery(statsQuery)
  const { filters, set } = useFilters(spec)
  const range = filters.range ?? '24h'
  if (stats === undefined) {
    return (
      <>
        <PageHeader title={t('dashboard.title')} />
        {error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('dashboard.title')} description={<Freshness at={stats.at} />}>
        <SegmentedControl
          aria-label={t('dashboard.range')}
          value={range}
          onChange={(value) => set({ range: value === '24h' ? null : value })}
          data={[
            { value: '24h', label: t('dashboard.last24h') },
            { value: '30d', label: t('dashboard.last30d') },
          ]}
        />
      </PageHeader>
      <Stack>
        <Tiles stats={stats} />
        <WhenDrawn>
          <UploadsCard points={range === '24h' ? stats.trends.hours : stats.trends.days} range={range} />
        </WhenDrawn>
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <OutcomesCard trends={stats.trends} range={range} />
          <WhenDrawn>
            <StepsCard steps={stats.trends.steps} />
          </WhenDrawn>
          <BacklogCard stats={stats} />
          <SavedCard stats={stats} />
        </SimpleGrid>
      </Stack>
    </>
  )
}

/** Keeps the place of a chart while what draws it is on its way. */
function WhenDrawn({ children }: { readonly children: ReactNode }) {
  return <Suspense fallback={<Skeleton height={320} radius="md" />}>{children}</Suspense>
}

function Freshness({ at }: { readonly at: string }) {
  const { t } = useTranslation('admin')
  const live = useConnection(({ state }) => state === 'open')
  if (live) {
    return (
      <Badge
        color="teal"
        variant="light"
        tt="none"
        c="var(--mantine-color-text)"
        leftSection={<IconBroadcast size={12} aria-hidden />}
      >
        {t('dashboard.live')}
      </Badge>
    )
  }
  return (
    <>
      {t('dashboard.countedAt')} <RelativeTime value={at} />
    </>
  )
}
