import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'

import type { SelectionStore } from '../../components/files/selection'
import { useShortcut } from '../../lib/shortcuts'

/**
 * The keys of a list that work wherever the focus is. What the grid does by
 * itself is only listed with them.
 */
export function useGridShortcuts(selection: SelectionStore, onSelectAll: () => void): void {
  const { t } = useTranslation('files')
  const some = useStore(selection, ({ ids }) => ids.size > 0)
  const group = t('keys.group')
  useShortcut({ keys: 'Mod+a', label: t('keys.all'), group }, onSelectAll)
  useShortcut({ keys: 'Escape', label: t('keys.none'), group }, () => selection.getState().clear(), some)
}
