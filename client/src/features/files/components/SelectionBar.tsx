import { ActionIcon, Button, CloseButton, Loader, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { Icon } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'

import type { SelectionStore } from '../../../components/files/selection'
import { formatNumber } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import type { SelectAll } from '../useChosen'
import classes from './Toolbar.module.css'

export interface BarAction {
  readonly label: string
  readonly Icon: Icon
  readonly run: () => void
  readonly danger?: boolean
  readonly busy?: boolean
  /** Why it cannot be done with what is selected. */
  readonly obstacle?: string | undefined
}

interface Props {
  readonly selection: SelectionStore
  readonly selectAll: SelectAll
  readonly actions: readonly BarAction[]
}

/** How much is selected, and what can be done with it. It lies over the toolbar, so that nothing moves. */
export function SelectionBar({ selection, selectAll, actions }: Props) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const count = useStore(selection, ({ ids }) => ids.size)
  const narrow = useMediaQuery('(width < 62em)')
  return (
    <>
      <span role="status" className="mantine-visually-hidden" style={hidden}>
        {count > 0 && t('selection.count', { count, formatted: formatNumber(count, language) })}
      </span>
      {count > 0 && (
        <div role="toolbar" aria-label={t('selection.bar')} className={classes.selection}>
          <CloseButton aria-label={t('selection.clear')} onClick={() => selection.getState().clear()} />
          <span className={classes.count}>
            {t('selection.count', { count, formatted: formatNumber(count, language) })}
          </span>
          {selectAll.loading !== null && (
            <span className={classes.rest}>
              <Loader size={14} aria-hidden />
              {t('selection.finding', { found: formatNumber(selectAll.loading, language) })}
            </span>
          )}
          {!narrow && selectAll.loading === null && (
            <Button variant="subtle" size="sm" onClick={selectAll.run}>
              {t('selection.all')}
            </Button>
          )}
          {actions.map((action) => (
            <Action key={action.label} action={action} narrow={narrow} />
          ))}
        </div>
      )}
    </>
  )
}

const hidden = { position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' } as const

function Action({ action, narrow }: { readonly action: BarAction; readonly narrow: boolean }) {
  const { label, Icon, run, danger = false, busy = false, obstacle } = action
  const shared = {
    variant: danger ? 'light' : 'default',
    loading: busy,
    onClick: run,
    ...(danger ? { color: 'red' } : {}),
    // Still there for the keyboard and for screen readers, which are told why.
    ...(obstacle === undefined ? {} : { 'data-disabled': true, 'aria-disabled': true, onClick: () => undefined }),
  } as const
  return (
    <Tooltip label={obstacle ?? label} disabled={obstacle === undefined && !narrow} multiline maw={260}>
      {narrow ? (
        <ActionIcon size="lg" aria-label={label} {...shared}>
          <Icon size={18} aria-hidden />
        </ActionIcon>
      ) : (
        <Button size="sm" leftSection={<Icon size={16} aria-hidden />} {...shared}>
          {label}
        </Button>
      )}
    </Tooltip>
  )
}
