import { VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Step, Upload } from '../../../lib/api/types'
import classes from './Tray.module.css'
import { knownStep } from './words'

const states = ['pending', 'running', 'retrying', 'done', 'skipped', 'failed'] as const

/** The six steps of the server as they run. */
export function Steps({ upload }: { readonly upload: Upload }) {
  const { t } = useTranslation('uploads')
  return (
    <ol className={classes.steps} aria-label={t('row.steps', { name: upload.name })}>
      {upload.steps.map((step) => (
        <Segment key={step.name} step={step} />
      ))}
    </ol>
  )
}

function Segment({ step }: { readonly step: Step }) {
  const { t } = useTranslation('uploads')
  const known = knownStep(step.name)
  const state = states.find((one) => one === step.state) ?? 'pending'
  const name = known === null ? step.name : t(`stepName.${known}`)
  const text = `${name}: ${t(`stepState.${state}`, { attempt: step.attempt })}`
  return (
    <li className={classes.step} data-state={state} data-step={step.name} title={text}>
      <VisuallyHidden>{text}</VisuallyHidden>
    </li>
  )
}
