import type { Step, Upload } from '../../../lib/api/types'
import classes from './Tray.module.css'
import { knownStep, type Teller } from './words'

const states = ['pending', 'running', 'retrying', 'done', 'skipped', 'failed'] as const

interface Props {
  readonly upload: Upload
  readonly t: Teller['t']
}

/** The six steps of the server as they run. */
export function Steps({ upload, t }: Props) {
  return (
    <ol className={classes.steps} aria-label={t('row.steps', { name: upload.name })}>
      {upload.steps.map((step) => (
        <Segment key={step.name} step={step} t={t} />
      ))}
    </ol>
  )
}

function Segment({ step, t }: { readonly step: Step; readonly t: Teller['t'] }) {
  const known = knownStep(step.name)
  const state = states.find((one) => one === step.state) ?? 'pending'
  const name = known === null ? step.name : t(`stepName.${known}`)
  const text = `${name}: ${t(`stepState.${state}`, { attempt: step.attempt })}`
  return (
    <li className={classes.step} data-state={state} data-step={step.name} title={text}>
      <span className={classes.read}>{text}</span>
    </li>
  )
}
