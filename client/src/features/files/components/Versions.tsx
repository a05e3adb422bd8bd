import { Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { Loading } from '../../../components/Loading'
import { MoreButton } from '../../../components/MoreButton'
import { ProblemAlert } from '../../../components/ProblemAlert'
import type { StoredFile, Version } from '../../../lib/api/types'
import { useNotify } from '../../../lib/notify'
import { useDeleteVersion } from '../api/deleteVersion'
import { useRestoreVersion } from '../api/restoreVersion'
import { useVersions } from '../api/versions'
import { Section } from './Section'
import { VersionItem } from './VersionItem'
import classes from './Versions.module.css'

interface Props {
  readonly file: StoredFile
  /** The number of the version that is compared with the current one. */
  readonly compared: number | null
  readonly onCompare: (number: number | null) => void
}

/** What the file was before, and ways back. */
export function Versions({ file, compared, onCompare }: Props) {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const list = useVersions(file.id)
  const { versions, isPending, error, refetch } = list
  const restore = useRestoreVersion(file.id)
  const remove = useDeleteVersion(file.id)
  const [doomed, setDoomed] = useState<number | null>(null)
  const failed = (failure: unknown) => notify.failed(failure)
  const bringBack = ({ number }: Version) =>
    restore.mutate(number, { onSuccess: () => notify.done(t('versions.restored', { number })), onError: failed })
  const deleteFor = (number: number) => {
    setDoomed(null)
    if (compared === number) {
      onCompare(null)
    }
    remove.mutate(number, { onSuccess: () => notify.done(t('versions.deleted', { number })), onError: failed })
  }
  return (
    <Section title={t('versions.title')}>
      {isPending && <Loading />}
      {error !== null && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      <ul className={classes.list}>
        {versions.map((version) => (
          <VersionItem
            key={version.number}
            file={file}
            version={version}
            compared={compared === version.number}
            onCompare={() => onCompare(compared === version.number ? null : version.number)}
            onRestore={() => bringBack(version)}
            onDelete={() => setDoomed(version.number)}
          />
        ))}
      </ul>
      {versions.length === 1 && (
        <Text size="sm" c="dimmed">
          {t('versions.one')}
        </Text>
      )}
      <MoreButton list={list} small />
      <ConfirmDialog
        opened={doomed !== null}
        title={t('versions.deleteTitle', { number: doomed ?? '' })}
        action={t('versions.delete')}
        onClose={() => setDoomed(null)}
        onConfirm={() => doomed !== null && deleteFor(doomed)}
      >
        {t('versions.deleteDetail')}
      </ConfirmDialog>
    </Section>
  )
}
