import { Button } from '@mantine/core'
import { IconUserPlus, IconUsers } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { roles, statuses, usersQuery } from './api/users'
import { ChoiceFilter, FilterBar, SearchFilter } from './components/FilterBar'
import { InfiniteList } from './components/InfiniteList'
import { AddUserDialog } from './components/users/AddUserDialog'
import { UsersTable } from './components/users/UsersTable'
import { useFilters } from './filters'

const spec = { q: 'text', role: roles, status: statuses } as const

/** Who has an account, and what they may do. */
export function UsersPage() {
  const { t } = useTranslation('admin')
  const { filters, set, clear, any } = useFilters(spec)
  const query = useInfiniteQuery(usersQuery(filters))
  const [adding, setAdding] = useState(false)
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  const onClear = any ? clear : undefined
  return (
    <>
      <PageHeader title={t('users.title')} description={t('users.description')}>
        <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      </PageHeader>
      <FilterBar onClear={onClear}>
        <SearchFilter
          label={t('common.search')}
          hint={t('users.searchHint')}
          value={filters.q}
          onChange={(q) => set({ q })}
        />
        <ChoiceFilter
          label={t('users.role')}
          value={filters.role}
          onChange={(role) => set({ role })}
          choices={roles.map((role) => ({ value: role, label: t(`users.roles.${role}`) }))}
        />
        <ChoiceFilter
          label={t('users.status')}
          value={filters.status}
          onChange={(status) => set({ status })}
          choices={statuses.map((status) => ({ value: status, label: t(`users.statuses.${status}`) }))}
        />
      </FilterBar>
      <InfiniteList
        query={query}
        count={rows.length}
        onClear={onClear}
        empty={<EmptyState icon={<IconUsers size={36} />} title={t('users.none')} />}
      >
        <UsersTable users={rows} />
      </InfiniteList>
      {adding && <AddUserDialog onClose={() => setAdding(false)} />}
    </>
  )
}
