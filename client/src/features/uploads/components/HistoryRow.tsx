import { ActionIcon, Anchor, Group, Table, Text } from '@mantine/core'
import { IconPhoto, IconRefresh, IconX } from '@tabler/icons-react'
import { memo, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { Picture } from '../../../components/Picture'
import { RelativeTime } from '../../../components/Time'
import type { Upload } from '../../../lib/api/types'
import { formatBytes } from '../../../lib/format'
import { useTellProblem } from '../../../lib/i18n/problems'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { useCancelUpload } from '../api/cancelUpload'
import { useRetryUpload } from '../api/retryUpload'
import { isFinal } from '../api/upload'
import classes from './History.module.css'
import { PhaseIcon } from './PhaseIcon'
import { Steps } from './Steps'
import tray from './Tray.module.css'
import { thumbPath } from './thumbPath'
import { colourOf } from './tones'
import { describeUpload } from './words'

interface Props {
  readonly upload: Upload
  readonly index: number
  readonly ref: Ref<HTMLTableRowElement>
}

/** One upload of the past, or of now. */
export function HistoryRow({ upload, index, ref }: Props) {
  return (
    <Table.Tr ref={ref} data-index={index} aria-rowindex={index + 2}>
      <Cells upload={upload} />
    </Table.Tr>
  )
}

// A new upload moves every row down by one, and changes none of them.
const Cells = memo(function Cells({ upload }: { readonly upload: Upload }) {
  const language = useLanguage()
  const size = upload.size > 0 ? formatBytes(upload.size, language) : '–'
  return (
    <>
      <Table.Td>
        <What upload={upload} size={size} />
      </Table.Td>
      <Table.Td className={classes.wide}>{size}</Table.Td>
      <Table.Td className={classes.wide}>
        <RelativeTime value={upload.createdAt} />
      </Table.Td>
      <Table.Td>
        <Actions upload={upload} />
      </Table.Td>
    </>
  )
})

function What({ upload, size }: { readonly upload: Upload; readonly size: string }) {
  const { t } = useTranslation('uploads')
  const language = useLanguage()
  const tell = useTellProblem()
  const file = upload.state === 'done' ? (upload.duplicateOf ?? upload.fileId) : null
  return (
    <div className={classes.what}>
      <div className={tray.thumb} aria-hidden>
        {file === null ? (
          <IconPhoto size={22} />
        ) : (
          <Picture src={thumbPath(file, upload.versionNumber)} alt="" style={{ width: 44, height: 44 }} />
        )}
      </div>
      <div>
        <div className={classes.name}>
          <PhaseIcon phase={upload.state} />
          <Text size="sm" fw={600} truncate title={upload.name}>
            {file === null ? (
              upload.name
            ) : (
              <Anchor component={Link} to={`/files/${file}`} c="inherit" inherit>
                {upload.name}
              </Anchor>
            )}
          </Text>
        </div>
        <Text size="xs" c={colourOf(upload.state)} className={tray.status}>
          {describeUpload(upload, { t, language, tell })}
        </Text>
        <Text size="xs" c="dimmed" className={classes.facts}>
          {size} · <RelativeTime value={upload.createdAt} />
        </Text>
        {(upload.state === 'processing' || upload.state === 'stalled') && <Steps upload={upload} t={t} />}
      </div>
    </div>
  )
}

function Actions({ upload: { id, name, ...upload } }: { readonly upload: Upload }) {
  const { t } = useTranslation('uploads')
  const cancel = useCancelUpload()
  const retry = useRetryUpload()
  if (isFinal(upload)) {
    return null
  }
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {upload.state === 'stalled' && (
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t('row.retry', { name })}
          title={t('page.retry')}
          loading={retry.isPending}
          onClick={() => retry.mutate(id)}
        >
          <IconRefresh size={18} aria-hidden />
        </ActionIcon>
      )}
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t('row.cancel', { name })}
        title={t('page.cancel')}
        loading={cancel.isPending}
        onClick={() => cancel.mutate(id)}
      >
        <IconX size={18} aria-hidden />
      </ActionIcon>
    </Group>
  )
}
