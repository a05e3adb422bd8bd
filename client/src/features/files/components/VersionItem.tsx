import { ActionIcon, Badge, Group, Menu } from '@mantine/core'
import { IconArrowBackUp, IconArrowsDiff, IconDots, IconDownload, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { Picture } from '../../../components/Picture'
import { RelativeTime } from '../../../components/Time'
import type { StoredFile, Version } from '../../../lib/api/types'
import { formatBytes } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { versionUrl } from '../api/versions'
import { downloadUrl } from '../download'
import classes from './Versions.module.css'

interface Props {
  readonly file: StoredFile
  readonly version: Version
  readonly compared: boolean
  readonly onCompare: () => void
  readonly onRestore: () => void
  readonly onDelete: () => void
}

export function VersionItem({ file, version, compared, onCompare, onRestore, onDelete }: Props) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const { number, restoredFrom } = version
  const current = number === file.currentVersion
  return (
    <li className={classes.version} data-compared={compared || undefined}>
      <Picture src={versionUrl(file.id, number, 'thumb')} alt="" className={classes.thumb} />
      <div className={classes.text}>
        <Group gap={6}>
          <span>{t('versions.number', { number })}</span>
          {current && (
            <Badge size="sm" variant="light" tt="none">
              {t('versions.current')}
            </Badge>
          )}
        </Group>
        <span className={classes.facts}>
          <RelativeTime value={version.createdAt} /> · {formatBytes(version.size, language)}
        </span>
        {restoredFrom !== null && (
          <span className={classes.facts}>{t('versions.restoredFrom', { number: restoredFrom })}</span>
        )}
      </div>
      {!current && (
        <ActionIcon
          size={32}
          variant={compared ? 'filled' : 'default'}
          aria-pressed={compared}
          aria-label={t('versions.compareWith', { number })}
          title={t('versions.compare')}
          onClick={onCompare}
        >
          <IconArrowsDiff size={18} aria-hidden />
        </ActionIcon>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size={32} variant="subtle" color="gray" aria-label={t('versions.actions', { number })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component="a"
            href={downloadUrl(file, number)}
            download
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            {t('versions.download')}
          </Menu.Item>
          {!current && file.trashedAt === null && (
            <Menu.Item leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={onRestore}>
              {t('versions.restore')}
            </Menu.Item>
          )}
          {!current && (
            <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={onDelete}>
              {t('versions.delete')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </li>
  )
}
