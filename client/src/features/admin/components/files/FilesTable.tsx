import { Anchor, Group, Menu, Stack, Text } from '@mantine/core'
import { IconArrowBackUp, IconEye, IconTrash, IconTrashX } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { Picture } from '../../../../components/Picture'
import { RelativeTime } from '../../../../components/Time'
import type { AdminFile } from '../../../../lib/api/types'
import { formatBytes } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { type Column, DataTable } from '../DataTable'
import { RowMenu } from '../RowMenu'
import { DeleteFileDialog } from './DeleteFileDialog'
import { useTrash } from './useTrash'

export function FilesTable({ files }: { readonly files: readonly AdminFile[] }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const [deleting, setDeleting] = useState<AdminFile | null>(null)
  const columns: readonly Column<AdminFile>[] = [
    { key: 'photo', header: t('files.photo'), title: true, cell: (file) => <Photo file={file} /> },
    {
      key: 'owner',
      header: t('common.owner'),
      cell: ({ ownerEmail, ownerId }) => (
        <Anchor component={Link} to={`/admin/files?ownerId=${ownerId}`} size="sm" truncate display="block" maw={220}>
          {ownerEmail ?? t('common.gone')}
        </Anchor>
      ),
    },
    { key: 'size', header: t('common.size'), align: 'end', cell: ({ size }) => formatBytes(size, language) },
    {
      key: 'versions',
      header: t('files.versions'),
      align: 'end',
      cell: ({ versionCount }) => versionCount,
    },
    { key: 'added', header: t('files.added'), cell: ({ createdAt }) => <RelativeTime value={createdAt} /> },
    {
      key: 'actions',
      header: t('common.actions'),
      align: 'end',
      cell: (file) => <Actions file={file} onDelete={() => setDeleting(file)} />,
    },
  ]
  return (
    <>
      <DataTable label={t('files.title')} columns={columns} rows={files} />
      {deleting !== null && <DeleteFileDialog file={deleting} onClose={() => setDeleting(null)} />}
    </>
  )
}

function Photo({ file: { id, name, links, thumbhash, width, height } }: { readonly file: AdminFile }) {
  return (
    <Group gap="sm" wrap="nowrap">
      <Picture
        src={links.thumb}
        alt=""
        thumbhash={thumbhash}
        style={{ width: 48, height: 48, flex: 'none', borderRadius: 'var(--mantine-radius-sm)' }}
      />
      <Stack gap={0} miw={0}>
        <Anchor component={Link} to={`/files/${id}`} size="sm" fw={600} truncate display="block" maw={260} title={name}>
          {name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {width} × {height}
        </Text>
      </Stack>
    </Group>
  )
}

interface ActionsProps {
  readonly file: AdminFile
  readonly onDelete: () => void
}

function Actions({ file, onDelete }: ActionsProps) {
  const { t } = useTranslation('admin')
  const { trash, restore } = useTrash()
  return (
    <RowMenu name={file.name}>
      <Menu.Item component={Link} to={`/files/${file.id}`} leftSection={<IconEye size={16} aria-hidden />}>
        {t('files.open')}
      </Menu.Item>
      {file.trashedAt === null ? (
        <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => trash(file)}>
          {t('files.trash')}
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={() => restore(file)}>
          {t('files.restore')}
        </Menu.Item>
      )}
      <Menu.Item color="red" leftSection={<IconTrashX size={16} aria-hidden />} onClick={onDelete}>
        {t('files.deleteForGood')}
      </Menu.Item>
    </RowMenu>
  )
}
