import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowBackUp, IconTrash, IconTrashX } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ConfirmDialog } from '../../components/ConfirmDialog'
import { EmptyState } from '../../components/EmptyState'
import { createSelection } from '../../components/files/selection'
import { PageHeader } from '../../components/PageHeader'
import type { StoredFile } from '../../lib/api/types'
import { formatDuration } from '../../lib/format'
import { useLanguage } from '../../lib/i18n/useLanguage'
import { useNotify } from '../../lib/notify'
import { useConfig } from '../../lib/session/session'
import { useEmptyTrash } from './api/emptyTrash'
import { useFiles } from './api/listFiles'
import { FileListing } from './components/FileListing'
import { SelectionBar } from './components/SelectionBar'
import { Toolbar } from './components/Toolbar'
import { useListParams } from './listParams'
import { daysLeft } from './trashTime'
import { useBulk } from './useBulk'
import { useChosen, useSelectAll } from './useChosen'

export function TrashPage() {
  const { t } = useTranslation('files')
  const { t: tCommon } = useTranslation()
  const language = useLanguage()
  const [search, change] = useListParams()
  const params = { ...search, trashed: true }
  const [selection] = useState(createSelection)
  const list = useFiles(params)
  const { files, isSuccess, isPlaceholderData, hasNextPage } = list
  const bulk = useBulk()
  const [doomed, setDoomed] = useState<readonly StoredFile[]>([])
  const chosen = useChosen(selection, files)
  const selectAll = useSelectAll(selection, list, params)
  const trashSeconds = useConfig()?.retention.trashSeconds
  const act = (action: 'restore' | 'delete', some: readonly StoredFile[]) => {
    selection.getState().clear()
    void bulk(action, some)
  }
  const none = isSuccess && files.length === 0 && !isPlaceholderData && !hasNextPage
  const empty = none && params.q === ''
  return (
    <>
      <PageHeader
        title={tCommon('app.trash')}
        description={
          trashSeconds !== undefined &&
          !empty &&
          t('trash.description', { time: formatDuration(trashSeconds, language) })
        }
      >
        {!empty && isSuccess && <EmptyTrash />}
      </PageHeader>
      {empty ? (
        <EmptyState icon={<IconTrash size={36} />} title={t('trash.empty')}>
          {t('trash.emptyDetail')}
        </EmptyState>
      ) : (
        <>
          <Toolbar params={params} onChange={(part) => change({ ...part, trashed: false })} selection={selection}>
            <SelectionBar
              selection={selection}
              selectAll={selectAll}
              actions={[
                { label: t('selection.restore'), Icon: IconArrowBackUp, run: () => act('restore', chosen) },
                { label: t('selection.delete'), Icon: IconTrashX, run: () => setDoomed(chosen), danger: true },
              ]}
            />
          </Toolbar>
          <FileListing
            list={list}
            params={params}
            label={tCommon('app.trash')}
            selection={selection}
            onSelectAll={selectAll.run}
            onDelete={setDoomed}
            note={(file) => <DaysLeft file={file} trashSeconds={trashSeconds} />}
          />
        </>
      )}
      <ConfirmDialog
        opened={doomed.length > 0}
        title={t('trash.deleteTitle', { count: doomed.length, name: doomed[0]?.name ?? '' })}
        action={t('selection.delete')}
        onClose={() => setDoomed([])}
        onConfirm={() => {
          setDoomed([])
          act('delete', doomed)
        }}
      >
        {t('trash.deleteBody')}
      </ConfirmDialog>
    </>
  )
}

function DaysLeft({ file, trashSeconds }: { readonly file: StoredFile; readonly trashSeconds: number | undefined }) {
  const { t } = useTranslation('files')
  if (file.trashedAt === null || trashSeconds === undefined) {
    return null
  }
  const count = daysLeft(file.trashedAt, trashSeconds)
  return count === 0 ? t('trash.today') : t('trash.daysLeft', { count })
}

function EmptyTrash() {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const empty = useEmptyTrash()
  const [asking, dialog] = useDisclosure(false)
  const run = () => {
    empty.mutate(undefined, {
      onSuccess: ({ deleted, failed }) => {
        notify.done(t('trash.emptied', { count: deleted }))
        if (failed > 0) {
          notify.done(t('trash.notEmptied', { count: failed }))
        }
      },
      onError: (error) => notify.failed(error),
      onSettled: dialog.close,
    })
  }
  return (
    <>
      <Button
        variant="light"
        color="red"
        leftSection={<IconTrashX size={18} aria-hidden />}
        onClick={dialog.open}
        loading={empty.isPending}
      >
        {t('trash.emptyNow')}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={t('trash.emptyTitle')}
        action={t('trash.emptyNow')}
        busy={empty.isPending}
        onClose={dialog.close}
        onConfirm={run}
      >
        {t('trash.emptyBody')}
      </ConfirmDialog>
    </>
  )
}
