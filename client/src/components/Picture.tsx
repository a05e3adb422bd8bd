import { IconPhotoOff } from '@tabler/icons-react'
import { type CSSProperties, useEffect, useMemo, useState } from 'react'

import { apiUrl } from '../lib/api/api'
import classes from './Picture.module.css'
import { colourOf, knownPlaceholder, placeholderOf } from './placeholder'

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
  const placeholder = usePlaceholder(thumbhash ?? '', state !== 'loading')
  return (
    <div
      className={className === undefined ? classes.frame : `${classes.frame} ${className}`}
      style={{
        ...style,
        ...(state === 'shown' ? {} : placeholder),
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

/** What only flies by while its reader scrolls has its colour and no more: decoding costs more than all else. */
const settleFor = 100

function usePlaceholder(thumbhash: string, over: boolean): CSSProperties {
  const [image, setImage] = useState(() => knownPlaceholder(thumbhash) ?? null)
  const colour = useMemo(() => (thumbhash === '' ? null : colourOf(thumbhash)), [thumbhash])
  useEffect(() => {
    if (thumbhash === '' || over) {
      return
    }
    const timer = setTimeout(() => setImage(placeholderOf(thumbhash)), settleFor)
    return () => clearTimeout(timer)
  }, [thumbhash, over])
  return {
    ...(colour === null ? {} : { backgroundColor: colour }),
    ...(image === null ? {} : { backgroundImage: `url(${image})` }),
  }
}
