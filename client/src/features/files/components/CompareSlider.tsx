import { type CSSProperties, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { Picture } from '../../../components/Picture'
import type { StoredFile, Version } from '../../../lib/api/types'
import { formatPercent } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { versionUrl } from '../api/versions'
import classes from './CompareSlider.module.css'

interface Props {
  readonly file: StoredFile
  readonly before: Version
  readonly after: Version
}

/** Two versions one over the other, with a line between them that is moved by mouse, finger or arrow keys. */
export function CompareSlider({ file, before, after }: Props) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const [at, setAt] = useState(50)
  const { name } = file
  const picture = ({ number }: Version) => (
    <Picture
      key={number}
      src={versionUrl(file.id, number, 'preview')}
      alt={t('compare.picture', { number, name })}
      fit="contain"
      eager
      className={classes.picture}
    />
  )
  return (
    <div className={classes.frame} style={{ '--at': `${at}%` } as CSSProperties}>
      <div className={classes.layer}>{picture(after)}</div>
      <div className={`${classes.layer} ${classes.over}`}>{picture(before)}</div>
      <span className={`${classes.label} ${classes.left}`} aria-hidden>
        {t('versions.number', { number: before.number })}
      </span>
      <span className={`${classes.label} ${classes.right}`} aria-hidden>
        {t('versions.number', { number: after.number })}
      </span>
      <div className={classes.line} aria-hidden>
        <span className={classes.handle}>‹ ›</span>
      </div>
      <input
        type="range"
        min={0}
        max={100}
        value={at}
        aria-label={t('compare.slider')}
        aria-valuetext={t('compare.value', {
          percent: formatPercent(at / 100, language),
          rest: formatPercent(1 - at / 100, language),
        })}
        className={classes.range}
        onChange={(event) => setAt(event.currentTarget.valueAsNumber)}
      />
    </div>
  )
}
