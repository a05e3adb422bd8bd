import { IconPhoto } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { fileSorts, filesQuery } from './api/files'
import { FilesTable } from './components/files/FilesTable'
import { ChoiceFilter, FilterBar, SearchFilter } from './components/FilterBar'
import { InfiniteList } from './components/InfiniteList'
import { PersonFilter } from './components/PersonFilter'
import { useFilters } from './filters'

const spec = { q: 'text', ownerId: 'text', where: ['trashed'], sort: fileSorts } as const

/** The photos of everybody. */
export function FilesPage() {
  const { t } = useTranslation('admin')
  const { filters, set, clear, any } = useFilters(spec)
  const { q, ownerId, where, sort = 'createdAt' } = filters
  const query = useInfiniteQuery(
    filesQuery({
      ...(q === undefined ? {} : { q }),
      ...(ownerId === undefined ? {} : { ownerId }),
      ...(where === undefined ? {} : { trashed: true }),
      sort,
      order: sort === 'name' ? 'asc' : 'desc',
    }),
  )
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  const onClear = any ? clear : undefined
  const email = rows.find((file) => file.ownerId === ownerId)?.ownerEmail ?? undefined
  return (
    <>
      <PageHeader title={t('files.title')} description={t('files.description')} />
      <FilterBar onClear={onClear}>
        <SearchFilter
          label={t('common.search')}
          hint={t('files.searchHint')}
          value={q}
          onChange={(text) => set({ q: text })}
        />
        <PersonFilter label={t('common.owner')} value={ownerId} email={email} onChange={(id) => set({ ownerId: id })} />
        <ChoiceFilter
          label={t('files.where')}
          value={where}
          none={t('files.kept')}
          choices={[{ value: 'trashed', label: t('files.trashed') }]}
          onChange={(value) => set({ where: value })}
        />
        <ChoiceFilter
          label={t('files.sort')}
          value={filters.sort}
          none={t('files.sorts.createdAt')}
          choices={fileSorts.map((value) => ({ value, label: t(`files.sorts.${value}`) }))}
          onChange={(value) => set({ sort: value === 'createdAt' ? null : value })}
        />
      </FilterBar>
      <InfiniteList
        query={query}
        count={rows.length}
        onClear={onClear}
        empty={
          <EmptyState icon={<IconPhoto size={36} />} title={t('files.none')}>
            {t('files.noneHint')}
          </EmptyState>
        }
      >
        <FilesTable files={rows} />
      </InfiniteList>
    </>
  )
}
