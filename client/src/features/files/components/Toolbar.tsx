import { CloseButton, SegmentedControl, Select, TextInput, VisuallyHidden } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconLayoutGrid, IconList, IconSearch } from '@tabler/icons-react'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'

import type { SelectionStore } from '../../../components/files/selection'
import { type FilesView, usePreferences } from '../../../lib/preferences'
import { useShortcut } from '../../../lib/shortcuts'
import type { ListParams } from '../listParams'
import classes from './Toolbar.module.css'

interface Props {
  readonly params: ListParams
  readonly onChange: (part: Partial<ListParams>) => void
  readonly selection: SelectionStore
  /** What lies over the tools while something is selected. */
  readonly children: ReactNode
}

const choices = ['createdAt_desc', 'createdAt_asc', 'name_asc', 'name_desc', 'size_desc', 'size_asc'] as const
const orders: Readonly<Record<(typeof choices)[number], Pick<ListParams, 'sort' | 'order'>>> = {
  createdAt_desc: { sort: 'createdAt', order: 'desc' },
  createdAt_asc: { sort: 'createdAt', order: 'asc' },
  name_asc: { sort: 'name', order: 'asc' },
  name_desc: { sort: 'name', order: 'desc' },
  size_desc: { sort: 'size', order: 'desc' },
  size_asc: { sort: 'size', order: 'asc' },
}

/** Search, order and view of a list. It stays in sight. */
export function Toolbar({ params, onChange, selection, children }: Props) {
  const { t } = useTranslation('files')
  const covered = useStore(selection, ({ ids }) => ids.size > 0)
  return (
    <div className={classes.bar}>
      <div className={classes.tools} role="search" inert={covered}>
        <Search q={params.q} onSearch={(q) => onChange({ q })} />
        <div className={classes.end}>
          <Select
            aria-label={t('list.sort')}
            className={classes.sort}
            allowDeselect={false}
            data={choices.map((value) => ({ value, label: t(`list.sorts.${value}`) }))}
            value={`${params.sort}_${params.order}`}
            onChange={(value) => {
              const choice = choices.find((known) => known === value)
              if (choice !== undefined) {
                onChange(orders[choice])
              }
            }}
          />
          <ViewSwitch />
        </div>
      </div>
      {children}
    </div>
  )
}

function Search({ q, onSearch }: { readonly q: string; readonly onSearch: (q: string) => void }) {
  const { t } = useTranslation('files')
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(q)
  const [asked, setAsked] = useState(q)
  if (asked !== q) {
    // The address changed by itself, as by the back button.
    setAsked(q)
    if (text.trim() !== q) {
      setText(q)
    }
  }
  const ask = useDebouncedCallback((value: string) => onSearch(value.trim()), 250)
  const type = (value: string) => {
    setText(value)
    ask(value)
  }
  useShortcut({ keys: '/', label: t('keys.search'), group: t('keys.group') }, () => input.current?.focus())
  return (
    <TextInput
      ref={input}
      type="search"
      className={classes.search ?? ''}
      aria-label={t('list.search')}
      placeholder={t('list.search')}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text !== '' && (
          <CloseButton
            size="sm"
            aria-label={t('list.clearSearch')}
            onClick={() => {
              type('')
              input.current?.focus()
            }}
          />
        )
      }
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text !== '') {
          event.preventDefault()
          type('')
        }
      }}
    />
  )
}

function ViewSwitch() {
  const { t } = useTranslation('files')
  const view = usePreferences(({ filesView }) => filesView)
  const show = (filesView: FilesView) => usePreferences.getState().set({ filesView })
  useShortcut({ keys: 'v', label: t('keys.view'), group: t('keys.group') }, () =>
    show(view === 'grid' ? 'list' : 'grid'),
  )
  return (
    <SegmentedControl<FilesView>
      aria-label={t('list.view')}
      value={view}
      onChange={show}
      data={[
        { value: 'grid', label: <ViewIcon Icon={IconLayoutGrid} label={t('list.grid')} /> },
        { value: 'list', label: <ViewIcon Icon={IconList} label={t('list.list')} /> },
      ]}
    />
  )
}

function ViewIcon({ Icon, label }: { readonly Icon: typeof IconList; readonly label: string }) {
  return (
    <>
      <Icon size={18} aria-hidden style={{ display: 'block' }} />
      <VisuallyHidden>{label}</VisuallyHidden>
    </>
  )
}
