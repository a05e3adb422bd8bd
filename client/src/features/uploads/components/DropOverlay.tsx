import { Paper, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconCloudUpload, IconVersions } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { formatBytes } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { useConfig } from '../../../lib/session/session'
import classes from './DropOverlay.module.css'
import type { Drag } from './useDrops'
import { listTypes } from './words'

interface Props {
  readonly drag: Drag
}

/** Shows over the page, or over the part that takes the file for itself, where a drop goes. */
export function DropOverlay({ drag: { target } }: Props) {
  const { t } = useTranslation('uploads')
  const language = useLanguage()
  const config = useConfig()
  const box = target?.getBoundingClientRect()
  const place = box && { top: box.top, left: box.left, width: box.width, height: box.height }
  const limits =
    config === undefined
      ? t('drop.detailUnknown')
      : t('drop.detail', {
          size: formatBytes(config.limits.bytes, language),
          types: listTypes(config.acceptedTypes, language),
        })
  return (
    <div className={classes.overlay} style={place} data-whole={target === null || undefined}>
      <Paper shadow="xl" radius="lg" p="xl" maw={460} m="md" ta="center">
        <Stack align="center" gap="xs">
          <ThemeIcon size={64} radius="xl" variant="light">
            {target === null ? <IconCloudUpload size={36} aria-hidden /> : <IconVersions size={36} aria-hidden />}
          </ThemeIcon>
          <Text fw={650} size="xl">
            {target === null ? t('drop.title') : t('drop.version')}
          </Text>
          <Text size="sm" c="dimmed">
            {target === null ? limits : t('drop.versionDetail')}
          </Text>
        </Stack>
      </Paper>
    </div>
  )
}
