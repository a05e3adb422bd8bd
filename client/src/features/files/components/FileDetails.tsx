import { Alert, Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { rememberPlace } from '../../../components/files/places'
import type { StoredFile } from '../../../lib/api/types'
import { formatRelative } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { dropTarget } from '../../../lib/sending'
import { useConfig } from '../../../lib/session/session'
import { useShortcut } from '../../../lib/shortcuts'
import classes from '../FilePage.module.css'
import { fileLink, type ListParams, listLink } from '../listParams'
import { trashedUntil } from '../trashTime'
import { useBulk } from '../useBulk'
import { useNeighbours } from '../useNeighbours'
import { FileHeader } from './FileHeader'
import { Facts } from './Facts'
import { Shares } from './Shares'
import { Similar } from './Similar'
import { Stage } from './Stage'
import { Versions } from './Versions'

const ShareDialog = lazy(async () => ({ default: (await import('./ShareDialog')).ShareDialog }))

interface Props {
  readonly file: StoredFile
  /** The list it was opened from. */
  readonly params: ListParams
}

export function FileDetails({ file, params }: Props) {
  const { t } = useTranslation('files')
  const navigate = useNavigate()
  const bulk = useBulk()
  const neighbours = useNeighbours(file.id, params)
  const { previous, next } = neighbours
  const [sharing, dialog] = useDisclosure(false)
  // Which version is compared is forgotten with the next file.
  const [compared, setCompared] = useState<{ id: string; number: number } | null>(null)
  const number = compared?.id === file.id ? compared.number : null
  const group = t('keys.group')
  const go = (to: StoredFile | undefined) => to && void navigate(fileLink(to.id, params), { replace: true })
  const trash = () => {
    const to = next ?? previous
    void bulk('trash', [file])
    void navigate(to === undefined ? listLink(params) : fileLink(to.id, params), { replace: true })
  }
  const trashed = file.trashedAt !== null
  useEffect(() => rememberPlace(listLink(params), { active: file.id }), [params, file.id])
  useShortcut({ keys: 'ArrowLeft', label: t('keys.previous'), group }, () => go(previous), previous !== undefined)
  useShortcut({ keys: 'ArrowRight', label: t('keys.next'), group }, () => go(next), next !== undefined)
  useShortcut({ keys: 'Escape', label: t('keys.back'), group }, () => void navigate(listLink(params)))
  useShortcut({ keys: 'Delete', label: t('keys.trash'), group }, trash, !trashed)
  return (
    // What is dropped anywhere here becomes the next version.
    <div {...(trashed ? {} : dropTarget(file.id))}>
      <FileHeader file={file} params={params} onShare={dialog.open} onTrash={trash} />
      {trashed && <InTrash file={file} onRestore={() => void bulk('restore', [file])} />}
      <div className={classes.page}>
        <Stage
          file={file}
          params={params}
          neighbours={neighbours}
          compared={number}
          onStopComparing={() => setCompared(null)}
        />
        <div className={classes.side}>
          <Facts file={file} />
          <Versions
            file={file}
            compared={number}
            onCompare={(n) => setCompared(n === null ? null : { id: file.id, number: n })}
          />
          <Shares file={file} onShare={dialog.open} />
          <Similar id={file.id} />
        </div>
      </div>
      <Suspense>{sharing && <ShareDialog files={[file]} onClose={dialog.close} />}</Suspense>
    </div>
  )
}

function InTrash({ file, onRestore }: { readonly file: StoredFile; readonly onRestore: () => void }) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const trashSeconds = useConfig()?.retention.trashSeconds
  const [now] = useState(() => new Date())
  return (
    <Alert color="gray" variant="light" mb="md" title={t('file.inTrash')}>
      {trashSeconds !== undefined &&
        file.trashedAt !== null &&
        t('file.inTrashUntil', { when: formatRelative(trashedUntil(file.trashedAt, trashSeconds), language, now) })}
      <Button size="xs" variant="default" ml="sm" onClick={onRestore}>
        {t('file.restore')}
      </Button>
    </Alert>
  )
}
