import { IconCheck } from '@tabler/icons-react'
import { memo, useId } from 'react'
import { Link } from 'react-router'

import { Picture } from '../Picture'
import classes from './FileGrid.module.css'
import { type FileItemProps, useFileItem } from './useFileItem'

/** A file as a picture of the grid. */
export const FileTile = memo(function FileTile(props: FileItemProps) {
  const { file, width, to, note, t } = props
  const { item, selected, selecting, onOpen, onCheck } = useFileItem(props)
  const id = useId()
  const [nameId, noteId] = [`${id}name`, `${id}note`]
  return (
    <div
      {...item}
      role="gridcell"
      aria-labelledby={note === undefined ? nameId : `${nameId} ${noteId}`}
      className={classes.tile}
      data-selected={selected || undefined}
      data-selecting={selecting || undefined}
      style={{ width }}
    >
      <Link to={to} tabIndex={-1} className={classes.open} onClick={onOpen} draggable={false}>
        <Picture
          key={file.links.thumb}
          src={file.links.thumb}
          alt={file.name}
          thumbhash={file.thumbhash}
          className={classes.picture}
        />
        <span id={nameId} className={classes.name} aria-hidden>
          {file.name}
        </span>
      </Link>
      {note !== undefined && (
        <span id={noteId} className={classes.note}>
          {note}
        </span>
      )}
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={t('fileGrid.select', { name: file.name })}
        tabIndex={-1}
        className={classes.check}
        onClick={onCheck}
      >
        {selected && <IconCheck size={16} stroke={3} aria-hidden />}
      </button>
    </div>
  )
})
