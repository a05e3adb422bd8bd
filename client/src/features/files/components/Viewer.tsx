import { ActionIcon, Group, Paper, Text } from '@mantine/core'
import { IconMaximize, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { type CSSProperties, type ReactNode, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { Picture } from '../../../components/Picture'
import { apiUrl } from '../../../lib/api/api'
import type { StoredFile } from '../../../lib/api/types'
import { formatPercent } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { useShortcut } from '../../../lib/shortcuts'
import { useZoom } from './useZoom'
import classes from './Viewer.module.css'

interface Props {
  readonly file: StoredFile
  /** What lies over the picture, such as ways to others. */
  readonly children?: ReactNode
}

/** From here on the preview has too few pixels. */
const wantsAll = 1.3

/** A picture to look at closely. Give it the file's id as its key: each picture begins fitted. */
export function Viewer({ file, children }: Props) {
  const { t } = useTranslation('files')
  const { width, height } = file
  const picture = useMemo(() => ({ width, height }), [width, height])
  const { around, frame, view, fit, zoomIn, zoomOut, handlers } = useZoom(picture)
  const group = t('keys.group')
  useShortcut({ keys: '+', label: t('keys.zoomIn'), group }, zoomIn)
  useShortcut({ keys: '-', label: t('keys.zoomOut'), group }, zoomOut)
  useShortcut({ keys: '0', label: t('keys.fit'), group }, fit)
  return (
    <div ref={around} className={classes.viewer}>
      {/* It is moved about by keys, so it must be able to have the focus. */}
      {/* eslint-disable jsx-a11y/no-noninteractive-tabindex */}
      <div
        ref={frame}
        role="group"
        tabIndex={0}
        aria-label={t('viewer.label', { name: file.name })}
        className={classes.frame}
        data-zoomed={view.scale > 1 || undefined}
        {...handlers}
        onDoubleClick={() => (view.scale > 1 ? fit() : zoomIn())}
      >
        <div
          className={classes.picture}
          style={
            {
              '--ratio': width / height,
              '--width': `${width}px`,
              transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
            } as CSSProperties
          }
        >
          <Picture
            key={file.links.preview}
            src={file.links.preview}
            alt={file.name}
            thumbhash={file.thumbhash}
            fit="contain"
            eager
            className={classes.preview}
          />
          {view.scale > wantsAll && <Whole key={file.links.content} src={file.links.content} />}
        </div>
      </div>
      {/* eslint-enable */}
      {children}
      <Tools scale={view.scale} onIn={zoomIn} onOut={zoomOut} onFit={fit} />
    </div>
  )
}

/** All pixels, over the preview once they are here. */
function Whole({ src }: { readonly src: string }) {
  const [loaded, setLoaded] = useState(false)
  return (
    <img
      src={apiUrl(src)}
      alt=""
      draggable={false}
      className={classes.whole}
      style={{ opacity: loaded ? 1 : 0 }}
      onLoad={() => setLoaded(true)}
    />
  )
}

interface ToolsProps {
  readonly scale: number
  readonly onIn: () => void
  readonly onOut: () => void
  readonly onFit: () => void
}

function Tools({ scale, onIn, onOut, onFit }: ToolsProps) {
  const { t } = useTranslation('files')
  const percent = formatPercent(scale, useLanguage())
  const tool = { variant: 'subtle', color: 'gray', size: 36 } as const
  return (
    <Paper withBorder shadow="sm" className={classes.tools} role="group" aria-label={t('viewer.tools')}>
      <Group gap={2} wrap="nowrap">
        <ActionIcon {...tool} aria-label={t('viewer.zoomOut')} onClick={onOut}>
          <IconZoomOut size={20} aria-hidden />
        </ActionIcon>
        <Text size="xs" w={44} ta="center" role="status" aria-label={t('viewer.level', { percent })}>
          {percent}
        </Text>
        <ActionIcon {...tool} aria-label={t('viewer.zoomIn')} onClick={onIn}>
          <IconZoomIn size={20} aria-hidden />
        </ActionIcon>
        <ActionIcon {...tool} aria-label={t('viewer.fit')} onClick={onFit}>
          <IconMaximize size={20} aria-hidden />
        </ActionIcon>
      </Group>
    </Paper>
  )
}
