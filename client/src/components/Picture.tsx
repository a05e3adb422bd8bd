import { IconPhotoOff } from '@tabler/icons-react'
import { type CSSProperties, useMemo, useState } from 'react'
import { thumbHashToDataURL } from 'thumbhash'

import { apiUrl } from '../lib/api/api'
import classes from './Picture.module.css'

interface Props {
  /** Path of the bytes, such as a file's links.thumb. */
  readonly src: string
  readonly alt: string
  /** Base64, as the API gives it; it is shown until the bytes are here. */
  readonly thumbhash?: string | null | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly fit?: 'cover' | 'contain'
  readonly eager?: boolean
  readonly className?: string | undefined
  readonly style?: CSSProperties
}

/** A stored picture with its placeholder. It fills its box, so that nothing jumps when it has loaded. */
export function Picture({ src, alt, thumbhash, width, height, fit = 'cover', eager = false, className, style }: Props) {
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading')
  const placeholder = useMemo(() => placeholderOf(thumbhash), [thumbhash])
  return (
    <div
      className={className === undefined ? classes.frame : `${classes.frame} ${className}`}
      style={{
        ...style,
        ...(placeholder !== null && state !== 'shown' ? { backgroundImage: `url(${placeholder})` } : {}),
      }}
    >
      {state === 'failed' ? (
        <IconPhotoOff role="img" aria-label={alt} style={{ position: 'absolute', inset: 0, margin: 'auto' }} />
      ) : (
        <img
          src={apiUrl(src)}
          alt={alt}
          width={width}
          height={height}
          loading={eager ? 'eager' : 'lazy'}
          decoding="async"
          draggable={false}
          className={classes.image}
          data-loading={state === 'loading' || undefined}
          style={{ '--picture-fit': fit } as CSSProperties}
          onLoad={() => setState('shown')}
          onError={() => setState('failed')}
        />
      )}
    </div>
  )
}

function placeholderOf(thumbhash: string | null | undefined): string | null {
  if (!thumbhash) {
    return null
  }
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0)))
  } catch {
    return null
  }
}
