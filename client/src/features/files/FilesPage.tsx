import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDownload, IconPhoto, IconSearchOff, IconShare, IconTrash, IconUpload } from '@tabler/icons-react'
import type { QueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LoaderFunction } from 'react-router'

import { EmptyState } from '../../components/EmptyState'
import { createSelection, type SelectionStore } from '../../components/files/selection'
import { PageHeader } from '../../components/PageHeader'
import type { StoredFile } from '../../lib/api/types'
import { useNotify } from '../../lib/notify'
import { useSender } from '../../lib/sending'
import { downloadFile } from './download'
import { filesQuery, useFiles } from './api/listFiles'
import { useZipFiles, zipLimit } from './api/zipFiles'
import { FileListing } from './components/FileListing'
import { SelectionBar } from './components/SelectionBar'
import { Toolbar } from './components/Toolbar'
import { readListParams, useListParams } from './listParams'
import { useBulk } from './useBulk'
import { type SelectAll, useChosen, useSelectAll } from './useChosen'

const ShareDialog = lazy(async () => ({ default: (await import('./components/ShareDialog')).ShareDialog }))

/** Each photo is shared by a link of its own; more of them are more than anybody sends. */
const shareLimit = 50

/** Asks for the files of an address while the page around them is still being drawn, which does not wait for them. */
export function askForFiles(client: QueryClient): LoaderFunction {
  return ({ request }) => {
    const params = { ...readListParams(new URL(request.url).searchParams), trashed: false }
    // What goes wrong is told by the page, which asks for the same.
    client.infiniteQuery(filesQuery(params)).catch(() => undefined)
    return null
  }
}

export function FilesPage() {
  const { t } = useTranslation('files')
  const { t: tCommon } = useTranslation()
  const [search, change] = useListParams()
  const params = { ...search, trashed: false }
  const [selection] = useState(createSelection)
  const list = useFiles(params)
  const { files, isSuccess, isPlaceholderData, hasNextPage } = list
  const bulk = useBulk()
  const trash = (chosen: readonly StoredFile[]) => {
    selection.getState().clear()
    void bulk('trash', chosen)
  }
  const selectAll = useSelectAll(selection, list, params)
  // A page of a search may have nothing and yet not be the last.
  const empty = isSuccess && files.length === 0 && !isPlaceholderData && !hasNextPage
  return (
    <>
      <PageHeader title={tCommon('app.files')} />
      {empty && params.q === '' ? (
        <NoFiles />
      ) : (
        <>
          <Toolbar params={params} onChange={change} selection={selection}>
            <Bar selection={selection} files={files} onTrash={trash} selectAll={selectAll} />
          </Toolbar>
          {empty ? (
            <EmptyState
              icon={<IconSearchOff size={36} />}
              title={t('list.noMatch', { q: params.q })}
              action={
                <Button variant="default" onClick={() => change({ q: '' })}>
                  {t('list.showAll')}
                </Button>
              }
            >
              {t('list.noMatchDetail')}
            </EmptyState>
          ) : (
            <FileListing
              list={list}
              params={params}
              label={t('list.label')}
              selection={selection}
              onSelectAll={selectAll.run}
              onDelete={trash}
            />
          )}
        </>
      )}
    </>
  )
}

interface BarProps {
  readonly selection: SelectionStore
  readonly files: readonly StoredFile[]
  readonly onTrash: (files: readonly StoredFile[]) => void
  readonly selectAll: SelectAll
}

function Bar({ selection, files, onTrash, selectAll }: BarProps) {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const chosen = useChosen(selection, files)
  const zip = useZipFiles()
  const [sharing, dialog] = useDisclosure(false)
  const download = () => {
    const [only] = chosen
    if (chosen.length === 1 && only !== undefined) {
      downloadFile(only)
    } else {
      zip.mutate(chosen, { onError: (error) => notify.failed(error) })
    }
  }
  return (
    <>
      <SelectionBar
        selection={selection}
        selectAll={selectAll}
        actions={[
          {
            label: chosen.length === 1 ? t('selection.download') : t('selection.zip'),
            Icon: IconDownload,
            run: download,
            busy: zip.isPending,
            obstacle: chosen.length > zipLimit ? t('selection.zipTooMany', { max: zipLimit }) : undefined,
          },
          {
            label: t('selection.share'),
            Icon: IconShare,
            run: dialog.open,
            obstacle: chosen.length > shareLimit ? t('selection.shareTooMany', { max: shareLimit }) : undefined,
          },
          { label: t('selection.trash'), Icon: IconTrash, run: () => onTrash(chosen) },
        ]}
      />
      <Suspense>{sharing && <ShareDialog files={chosen} onClose={dialog.close} />}</Suspense>
    </>
  )
}

function NoFiles() {
  const { t } = useTranslation('files')
  const sender = useSender()
  return (
    <EmptyState
      icon={<IconPhoto size={36} />}
      title={t('list.empty')}
      action={
        <Button size="md" leftSection={<IconUpload size={18} aria-hidden />} onClick={() => sender.pick()}>
          {t('list.upload')}
        </Button>
      }
    >
      {t('list.emptyDetail')}
    </EmptyState>
  )
}
