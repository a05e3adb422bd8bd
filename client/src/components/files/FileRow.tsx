import { IconCheck } from '@tabler/icons-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { formatBytes, formatDateTime } from '../../lib/format'
import { useLanguage } from '../../lib/i18n/useLanguage'
import { Picture } from '../Picture'
import classes from './FileGrid.module.css'
import { formatDimensions, kindOf } from './facts'
import { type FileItemProps, useFileItem } from './useFileItem'

/** The heads of the list's columns. */
export function ListHead() {
  const { t } = useTranslation()
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={classes.listHead}>
        <span role="columnheader" aria-label={t('fileGrid.selection')} />
        <span role="columnheader">{t('fileGrid.name')}</span>
        <span role="columnheader" className={classes.wide}>
          {t('fileGrid.size')}
        </span>
        <span role="columnheader" className={classes.wide}>
          {t('fileGrid.dimensions')}
        </span>
        <span role="columnheader" className={classes.wide}>
          {t('fileGrid.kind')}
        </span>
        <span role="columnheader" className={classes.wide}>
          {t('fileGrid.created')}
        </span>
      </div>
    </div>
  )
}

/** A file as a row of the list. */
export const FileRow = memo(function FileRow(props: FileItemProps) {
  const { file, index, to, note, dense, t } = props
  const language = useLanguage()
  const { item, selected, onOpen, onCheck } = useFileItem(props)
  const size = formatBytes(file.size, language)
  const created = formatDateTime(file.createdAt, language)
  return (
    <div
      {...item}
      role="row"
      aria-rowindex={index + 2}
      className={classes.listRow}
      data-selected={selected || undefined}
      data-dense={dense || undefined}
    >
      <span role="gridcell">
        <button
          type="button"
          role="checkbox"
          aria-checked={selected}
          aria-label={t('fileGrid.select', { name: file.name })}
          tabIndex={-1}
          className={classes.rowCheck}
          onClick={onCheck}
        >
          {selected && <IconCheck size={14} stroke={3} aria-hidden />}
        </button>
      </span>
      <span role="gridcell" className={classes.nameCell}>
        <Link to={to} tabIndex={-1} className={classes.rowLink} onClick={onOpen} draggable={false}>
          <Picture
            key={file.links.thumb}
            src={file.links.thumb}
            alt=""
            thumbhash={file.thumbhash}
            className={classes.rowPicture}
          />
          <span className={classes.rowText}>
            <span className={classes.rowName}>{file.name}</span>
            <span className={classes.narrow}>
              {size} · {created}
            </span>
            {note !== undefined && <span className={classes.rowNote}>{note}</span>}
          </span>
        </Link>
      </span>
      <span role="gridcell" className={classes.wide}>
        {size}
      </span>
      <span role="gridcell" className={classes.wide}>
        {formatDimensions(file, language)}
      </span>
      <span role="gridcell" className={classes.wide}>
        {kindOf(file.mimeType)}
      </span>
      <span role="gridcell" className={classes.wide}>
        {created}
      </span>
    </div>
  )
})
