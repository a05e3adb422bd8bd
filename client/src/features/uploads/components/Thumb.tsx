import { IconFileAlert, IconPhoto } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'

import { Picture } from '../../../components/Picture'
import type { Upload } from '../../../lib/api/types'
import { useQueue } from '../sending/queues'
import { thumbOf, thumbSide } from '../sending/thumbs'
import type { Row } from '../stores/transfers'
import { thumbPath } from './thumbPath'
import classes from './Tray.module.css'

interface Props {
  readonly row: Row
  readonly upload: Upload | undefined
}

/** A small picture of the file: from this browser while it has it, else from the server once it is stored. */
export function Thumb({ row, upload }: Props) {
  const file = useQueue().fileOf(row.id)
  const stored = upload?.state === 'done' ? (upload.duplicateOf ?? upload.fileId) : null
  const remote = <Remote row={row} path={stored === null ? null : thumbPath(stored, upload?.versionNumber ?? null)} />
  return (
    <div className={classes.thumb} aria-hidden>
      {file === null ? remote : <Local file={file} otherwise={remote} />}
    </div>
  )
}

function Remote({ row, path }: { readonly row: Row; readonly path: string | null }) {
  if (path !== null) {
    return <Picture src={path} alt="" style={{ width: 44, height: 44 }} />
  }
  return row.transfer.stage === 'refused' ? <IconFileAlert size={22} /> : <IconPhoto size={22} />
}

/** Rows that only fly by make nothing. */
const settleFor = 150

interface LocalProps {
  readonly file: File
  /** For what this browser cannot show, such as HEIC in most. */
  readonly otherwise: ReactNode
}

function Local({ file, otherwise }: LocalProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    const over = new AbortController()
    const timer = setTimeout(() => {
      thumbOf(file, over.signal).then(
        (bitmap) => {
          if (canvas.current !== null && !over.signal.aborted) {
            draw(canvas.current, bitmap)
          }
        },
        () => {
          if (!over.signal.aborted) {
            setFailed(true)
          }
        },
      )
    }, settleFor)
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [file])
  return failed ? otherwise : <canvas ref={canvas} width={thumbSide} height={thumbSide} />
}

function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const { width, height } = bitmap
  const side = Math.min(width, height)
  canvas
    .getContext('2d')
    ?.drawImage(bitmap, (width - side) / 2, (height - side) / 2, side, side, 0, 0, thumbSide, thumbSide)
}
