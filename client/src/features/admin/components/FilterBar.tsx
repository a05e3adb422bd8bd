import { Button, Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconFilterOff, IconSearch } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

interface BarProps {
  readonly onClear: (() => void) | undefined
  readonly children: ReactNode
}

/** The filters of a list in a row, and how to be rid of them. */
export function FilterBar({ onClear, children }: BarProps) {
  const { t } = useTranslation('admin')
  return (
    <Group role="search" aria-label={t('common.filters')} gap="sm" align="flex-end" mb="md">
      {children}
      {onClear !== undefined && (
        <Button
          variant="subtle"
          color="gray"
          c="inherit"
          leftSection={<IconFilterOff size={16} aria-hidden />}
          onClick={onClear}
        >
          {t('common.clear')}
        </Button>
      )}
    </Group>
  )
}

export interface Choice {
  readonly value: string
  readonly label: string
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  readonly choices: readonly Choice[] | readonly { readonly group: string; readonly items: readonly Choice[] }[]
  readonly onChange: (value: string | null) => void
  /** What no choice is called. */
  readonly none?: string
  /** Whether the words are many enough to be typed. */
  readonly searchable?: boolean
}

/** One of some words, or all. */
export function ChoiceFilter({ label, value, choices, onChange, none, searchable = false }: ChoiceProps) {
  const { t } = useTranslation('admin')
  return (
    <Select
      label={label}
      placeholder={none ?? t('common.all')}
      value={value ?? null}
      data={[...choices] as Choice[]}
      onChange={onChange}
      searchable={searchable}
      clearable
      clearButtonProps={{ 'aria-label': t('common.clear') }}
      w={{ base: '100%', xs: 190 }}
    />
  )
}

interface SearchProps {
  readonly label: string
  readonly hint: string
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}

/** Free text; the list follows when the typing pauses. */
export function SearchFilter({ label, hint, value = '', onChange }: SearchProps) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  const tell = useDebouncedCallback((text: string) => onChange(text.trim()), 250)
  if (known !== value) {
    // Changed from elsewhere, as by clearing all filters. What was just typed stays as it is.
    setKnown(value)
    if (typed.trim() !== value) {
      setTyped(value)
    }
  }
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={hint}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        tell(event.currentTarget.value)
      }}
      w={{ base: '100%', xs: 240 }}
    />
  )
}
