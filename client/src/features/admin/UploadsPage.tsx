import { Button } from '@mantine/core'
import { IconRefresh, IconUpload } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { rejectionCodes, stallCodes, stepNames, uploadStates, uploadsQuery } from './api/uploads'
import { ChoiceFilter, FilterBar } from './components/FilterBar'
import { InfiniteList } from './components/InfiniteList'
import { PersonFilter } from './components/PersonFilter'
import { RetryAllDialog } from './components/uploads/RetryAllDialog'
import { UploadsTable } from './components/uploads/UploadsTable'
import { useWords } from './components/words'
import { useFilters } from './filters'

const spec = {
  state: uploadStates,
  step: stepNames,
  code: [...stallCodes, ...rejectionCodes],
  ownerId: 'text',
} as const

/** Everybody's uploads, and what to do about those that stand still. */
export function UploadsPage() {
  const { t } = useTranslation('admin')
  const words = useWords()
  const { filters, set, clear, any } = useFilters(spec)
  const query = useInfiniteQuery(uploadsQuery(filters))
  const [asking, setAsking] = useState(false)
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  const onClear = any ? clear : undefined
  const email = rows.find(({ ownerId }) => ownerId === filters.ownerId)?.ownerEmail ?? undefined
  const choice = (value: string, label: string) => ({ value, label })
  const narrowed = filters.step !== undefined || filters.code !== undefined
  return (
    <>
      <PageHeader title={t('uploads.title')} description={t('uploads.description')}>
        <Button leftSection={<IconRefresh size={18} aria-hidden />} onClick={() => setAsking(true)}>
          {narrowed ? t('uploads.retryMatching') : t('uploads.retryAll')}
        </Button>
      </PageHeader>
      <FilterBar onClear={onClear}>
        <ChoiceFilter
          label={t('common.state')}
          value={filters.state}
          onChange={(state) => set({ state })}
          choices={uploadStates.map((state) => choice(state, t(`state.${state}`)))}
        />
        <ChoiceFilter
          label={t('uploads.step')}
          value={filters.step}
          onChange={(step) => set({ step })}
          choices={stepNames.map((step) => choice(step, t(`step.${step}`)))}
        />
        <ChoiceFilter
          label={t('uploads.reason')}
          value={filters.code}
          onChange={(code) => set({ code })}
          choices={[
            { group: t('uploads.stalledReasons'), items: stallCodes.map((code) => choice(code, words.reason(code))) },
            {
              group: t('uploads.rejectedReasons'),
              items: rejectionCodes.map((code) => choice(code, words.reason(code))),
            },
          ]}
        />
        <PersonFilter
          label={t('common.owner')}
          value={filters.ownerId}
          email={email}
          onChange={(ownerId) => set({ ownerId })}
        />
      </FilterBar>
      <InfiniteList
        query={query}
        count={rows.length}
        onClear={onClear}
        empty={
          <EmptyState icon={<IconUpload size={36} />} title={t('uploads.none')}>
            {t('uploads.noneHint')}
          </EmptyState>
        }
      >
        <UploadsTable uploads={rows} />
      </InfiniteList>
      {asking && <RetryAllDialog filters={filters} onClose={() => setAsking(false)} />}
    </>
  )
}
