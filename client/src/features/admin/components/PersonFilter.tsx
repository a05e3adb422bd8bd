import { Loader, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { usersQuery } from '../api/users'

interface Props {
  readonly label: string
  /** A user's id. */
  readonly value: string | undefined
  /** The address of that user, where the list has told it. */
  readonly email: string | undefined
  readonly onChange: (id: string | null) => void
}

/** Picks one person out of however many, by a part of the name or address. */
export function PersonFilter({ label, value, email, onChange }: Props) {
  const { t } = useTranslation('admin')
  const [typed, setTyped] = useState('')
  const [q] = useDebouncedValue(typed.trim(), 250)
  const found = useInfiniteQuery(usersQuery({ limit: 20, ...(q === '' || q === email ? {} : { q }) }))
  const people = (found.data?.pages[0]?.items ?? []).map((user) => ({
    value: user.id,
    label: user.email,
    name: user.name,
  }))
  if (value !== undefined && !people.some((person) => person.value === value)) {
    people.unshift({ value, label: email ?? `…${value.slice(-8)}`, name: '' })
  }
  return (
    <Select
      label={label}
      placeholder={t('common.anyone')}
      value={value ?? null}
      data={people}
      onChange={onChange}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      // The server has searched already, by the name too.
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? t('common.ownerHint') : t('common.noOwner')}
      rightSection={found.isFetching && typed !== '' ? <Loader size="xs" aria-hidden /> : undefined}
      clearable
      clearButtonProps={{ 'aria-label': t('common.clear') }}
      w={{ base: '100%', xs: 240 }}
    />
  )
}
