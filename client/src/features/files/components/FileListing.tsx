import { Button, Center, Loader, Text } from '@mantine/core'
import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { FileGrid } from '../../../components/files/FileGrid'
import type { SelectionStore } from '../../../components/files/selection'
import { Loading } from '../../../components/Loading'
import { ProblemAlert } from '../../../components/ProblemAlert'
import type { FilePage, StoredFile } from '../../../lib/api/types'
import { usePreferences } from '../../../lib/preferences'
import { goneFrom } from '../api/cache'
import type { useFiles } from '../api/listFiles'
import { fileLink, type ListParams, listLink } from '../listParams'
import { useGridShortcuts } from '../useGridShortcuts'
import { useSearching } from '../useSearching'

interface Props {
  readonly list: ReturnType<typeof useFiles>
  readonly params: ListParams
  readonly label: string
  readonly selection: SelectionStore
  readonly note?: (file: StoredFile) => ReactNode
  readonly onSelectAll: () => void
  readonly onDelete: (files: readonly StoredFile[]) => void
}

/** A list of the API's in the reader's view, with what stands for it while it loads or when it fails. */
export function FileListing({ list, params, label, selection, note, onSelectAll, onDelete }: Props) {
  const { t } = useTranslation('files')
  const view = usePreferences(({ filesView }) => filesView)
  const density = usePreferences((preferences) => preferences.density)
  const { pages, files, isPending, error, hasNextPage, isFetchingNextPage, isPlaceholderData, refetch } = list
  useForgetGone(selection, pages)
  const searching = useSearching(list)
  useGridShortcuts(selection, onSelectAll)
  const linkTo = useCallback((file: StoredFile) => fileLink(file.id, params), [params])
  if (isPending) {
    return <Loading />
  }
  if (error !== null && files.length === 0) {
    return <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  return (
    <div style={isPlaceholderData ? { opacity: 0.6 } : undefined} aria-busy={isPlaceholderData}>
      <FileGrid
        files={files}
        view={view}
        density={density}
        selection={selection}
        label={label}
        linkTo={linkTo}
        place={listLink(params)}
        hasMore={hasNextPage && error === null}
        onMore={searching.loadMore}
        showTail={params.q !== ''}
        onSelectAll={onSelectAll}
        onDelete={onDelete}
        {...(note === undefined ? {} : { note })}
      />
      <Center role="status" mih={8} p={isFetchingNextPage || searching.long ? 'md' : 0}>
        {isFetchingNextPage && <Loader size="sm" aria-label={t('list.loadingMore')} />}
        {searching.long && !searching.paused && (
          <Text size="sm" ml="xs">
            {t('list.searching')}
          </Text>
        )}
      </Center>
      {searching.paused && (
        <Center p="md">
          <Button variant="default" onClick={searching.goOn}>
            {t('list.searchOn')}
          </Button>
        </Center>
      )}
      {error !== null && <ProblemAlert error={error} onRetry={() => void list.fetchNextPage()} />}
    </div>
  )
}

/** What has left the list is not selected any more. */
function useForgetGone(selection: SelectionStore, pages: readonly FilePage[]): void {
  const last = useRef(pages)
  useEffect(() => {
    const before = last.current
    last.current = pages
    const { ids, drop } = selection.getState()
    if (ids.size > 0) {
      drop(goneFrom(before, pages))
    }
  }, [selection, pages])
}
