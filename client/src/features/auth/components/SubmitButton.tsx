import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'

import { ApiError } from '../../../lib/api/client'
import { formatDuration } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'

interface Props {
  readonly label: string
  /** The label while there is nothing to do but wait. */
  readonly waitLabel: (time: string) => string
  readonly pending: boolean
  readonly error: unknown
}

/** Sends a form. After too many tries it counts down to the next one that has a chance. */
export function SubmitButton({ label, waitLabel, pending, error }: Props) {
  const language = useLanguage()
  const left = useSecondsLeft(error instanceof ApiError ? error : null)
  return (
    <Button type="submit" size="md" fullWidth loading={pending} disabled={left > 0}>
      {left > 0 ? waitLabel(formatDuration(left, language)) : label}
    </Button>
  )
}

function useSecondsLeft(error: ApiError | null): number {
  const [passed, setPassed] = useState<{ readonly of: ApiError | null; readonly seconds: number }>({
    of: null,
    seconds: 0,
  })
  const whole = error?.retryAfter ?? 0
  useEffect(() => {
    if (whole === 0) {
      return
    }
    const from = Date.now()
    const timer = setInterval(() => {
      const seconds = Math.floor((Date.now() - from) / 1000)
      setPassed({ of: error, seconds })
      if (seconds >= whole) {
        clearInterval(timer)
      }
    }, 1000)
    return () => clearInterval(timer)
  }, [error, whole])
  return Math.max(0, whole - (passed.of === error ? passed.seconds : 0))
}
