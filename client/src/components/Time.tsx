import { useEffect, useState } from 'react'

import { formatDateTime, formatRelative } from '../lib/format'
import { useLanguage } from '../lib/i18n/useLanguage'

interface Props {
  readonly value: string
}

/** How long ago something was; the exact time is in its title. */
export function RelativeTime({ value }: Props) {
  const language = useLanguage()
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000)
    return () => clearInterval(timer)
  }, [])
  // A value from after the last tick would lie in the future.
  const at = new Date(value)
  const seen = at > now && at.getTime() - now.getTime() < 60_000 ? at : now
  return (
    <time dateTime={value} title={formatDateTime(value, language)}>
      {formatRelative(value, language, seen)}
    </time>
  )
}
