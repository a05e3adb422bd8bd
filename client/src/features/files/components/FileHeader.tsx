import { ActionIcon, Button, Menu } from '@mantine/core'
import { IconArrowLeft, IconDots, IconDownload, IconShare, IconTrash, IconVersions } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { PageHeader } from '../../../components/PageHeader'
import type { StoredFile } from '../../../lib/api/types'
import { useSender } from '../../../lib/sending'
import { downloadUrl } from '../download'
import { type ListParams, listLink } from '../listParams'

interface Props {
  readonly file: StoredFile
  readonly params: ListParams
  readonly onShare: () => void
  readonly onTrash: () => void
}

/** The name of a file, the way back, and what can be done with it. */
export function FileHeader({ file, params, onShare, onTrash }: Props) {
  const { t } = useTranslation('files')
  const sender = useSender()
  const pick = () => sender.pick({ fileId: file.id })
  const trashed = file.trashedAt !== null
  return (
    <PageHeader
      title={file.name}
      description={
        <Button
          component={Link}
          to={listLink(params)}
          variant="subtle"
          size="compact-sm"
          ml={-8}
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          {t('file.back')}
        </Button>
      }
    >
      <Button
        component="a"
        href={downloadUrl(file)}
        download
        variant="default"
        leftSection={<IconDownload size={18} aria-hidden />}
      >
        {t('file.download')}
      </Button>
      {!trashed && (
        <>
          <Button variant="default" leftSection={<IconShare size={18} aria-hidden />} onClick={onShare}>
            {t('file.share')}
          </Button>
          <Button
            variant="default"
            visibleFrom="md"
            leftSection={<IconVersions size={18} aria-hidden />}
            onClick={pick}
          >
            {t('file.newVersion')}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={36} aria-label={t('file.more')}>
                <IconDots size={18} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item hiddenFrom="md" leftSection={<IconVersions size={16} aria-hidden />} onClick={pick}>
                {t('file.newVersion')}
              </Menu.Item>
              <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={onTrash}>
                {t('file.trash')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
    </PageHeader>
  )
}
