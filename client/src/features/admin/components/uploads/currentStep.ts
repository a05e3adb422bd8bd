import type { AdminUpload, Step } from '../../../../lib/api/types'

/** The step an upload is at, or was at last; none before the first one has begun. */
export function currentStep({ steps }: Pick<AdminUpload, 'steps'>): Step | undefined {
  return (
    steps.find(({ state }) => state === 'running' || state === 'retrying' || state === 'failed') ??
    steps.findLast(({ startedAt }) => startedAt !== null)
  )
}
