import { SegmentedControl } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { quarantineQuery, quarantineStates } from './api/quarantine'
import { InfiniteList } from './components/InfiniteList'
import { QuarantineTable } from './components/quarantine/QuarantineTable'
import { useFilters } from './filters'

const spec = { state: quarantineStates } as const

/** What is locked up, and what became of what was. */
export function QuarantinePage() {
  const { t } = useTranslation('admin')
  const { filters, set } = useFilters(spec)
  const state = filters.state ?? 'held'
  const query = useInfiniteQuery(quarantineQuery({ state }))
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      <PageHeader title={t('quarantine.title')} description={t('quarantine.description')} />
      <SegmentedControl
        mb="md"
        size="xs"
        maw="100%"
        style={{ overflowX: 'auto' }}
        aria-label={t('common.state')}
        value={state}
        onChange={(value) => set({ state: value === 'held' ? null : value })}
        data={quarantineStates.map((value) => ({ value, label: t(`quarantine.states.${value}`) }))}
      />
      <InfiniteList
        query={query}
        count={rows.length}
        empty={
          <EmptyState
            icon={<IconShieldCheck size={36} />}
            title={t(state === 'held' ? 'quarantine.none' : 'quarantine.noneLikeThat')}
          >
            {t('quarantine.noneHint')}
          </EmptyState>
        }
      >
        <QuarantineTable items={rows} />
      </InfiniteList>
    </>
  )
}
