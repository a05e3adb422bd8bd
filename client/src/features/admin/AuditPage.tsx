import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { auditQuery } from './api/audit'
import { AuditTable } from './components/AuditTable'
import { auditActions } from './components/auditActions'
import { ChoiceFilter, FilterBar } from './components/FilterBar'
import { InfiniteList } from './components/InfiniteList'
import { PersonFilter } from './components/PersonFilter'
import { useFilters } from './filters'

const spec = { actorId: 'text', action: 'text' } as const

/** Who did what to whom, from where and when. */
export function AuditPage() {
  const { t } = useTranslation('admin')
  const { filters, set, clear, any } = useFilters(spec)
  const query = useInfiniteQuery(auditQuery(filters))
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  const onClear = any ? clear : undefined
  const email = rows.find(({ actorId }) => actorId === filters.actorId)?.actorEmail
  const actions =
    filters.action === undefined || auditActions.includes(filters.action)
      ? auditActions
      : [filters.action, ...auditActions]
  return (
    <>
      <PageHeader title={t('audit.title')} description={t('audit.description')} />
      <FilterBar onClear={onClear}>
        <PersonFilter
          label={t('audit.actor')}
          value={filters.actorId}
          email={email}
          onChange={(actorId) => set({ actorId })}
        />
        <ChoiceFilter
          label={t('audit.action')}
          value={filters.action}
          onChange={(action) => set({ action })}
          choices={actions.map((value) => ({ value, label: value }))}
          searchable
        />
      </FilterBar>
      <InfiniteList
        query={query}
        count={rows.length}
        onClear={onClear}
        empty={
          <EmptyState icon={<IconHistory size={36} />} title={t('audit.none')}>
            {t('audit.noneHint')}
          </EmptyState>
        }
      >
        <AuditTable lines={rows} />
      </InfiniteList>
    </>
  )
}
