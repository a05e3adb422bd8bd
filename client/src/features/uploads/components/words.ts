import type { TFunction } from 'i18next'

import { ApiError } from '../../../lib/api/client'
import type { Step, Upload } from '../../../lib/api/types'
import { formatBytes, formatDuration, formatPercent } from '../../../lib/format'
import type { Told } from '../../../lib/i18n/problems'
import type { Refusal } from '../sending/refusal'
import { typeLabel } from '../sending/sniff'
import { secondsLeft } from '../sending/speed'
import type { Row, Transfer } from '../stores/transfers'

export interface Teller {
  readonly t: TFunction<'uploads'>
  readonly language: string
  /** Puts a problem of the API into words: useTellProblem. */
  readonly tell: (error: unknown) => Told
}

/** Says in one sentence or two how it stands with a row. */
export function describeRow(row: Row, upload: Upload | undefined, teller: Teller): string {
  const { transfer } = row
  if (transfer.stage !== 'sent') {
    return describeTransfer(row, transfer, teller)
  }
  return upload === undefined ? teller.t('stage.sent') : describeUpload(upload, teller)
}

function describeTransfer(row: Row, transfer: Exclude<Transfer, { stage: 'sent' }>, teller: Teller): string {
  const { t, language } = teller
  const total = formatBytes(row.size, language)
  switch (transfer.stage) {
    case 'waiting':
      return t('stage.waiting', { size: total })
    case 'sending':
      return describeSending(transfer, teller)
    case 'paused':
      return t('stage.paused', { sent: formatBytes(transfer.sent, language), total })
    case 'held':
      return t(`stage.${transfer.why}`, { sent: formatBytes(transfer.sent, language), total })
    case 'refused':
      return describeRefusal(row, transfer.reason, teller)
    case 'failed':
      return describeFailure(transfer, teller)
    case 'canceled':
      return t('stage.canceled')
  }
}

function describeSending(
  { sent, total, speed }: Extract<Transfer, { stage: 'sending' }>,
  { t, language }: Teller,
): string {
  const values = { sent: formatBytes(sent, language), total: formatBytes(total, language) }
  const left = secondsLeft(total - sent, speed)
  if (speed === null || left === null) {
    return t('stage.sending', values)
  }
  const pace = { ...values, speed: formatBytes(speed, language) }
  return left < 1
    ? t('stage.sendingSpeed', pace)
    : t('stage.sendingLeft', { ...pace, time: formatDuration(left, language) })
}

function describeRefusal({ name, size }: Row, reason: Refusal, { t, language }: Teller): string {
  switch (reason.kind) {
    case 'empty':
    case 'unreadable':
    case 'oneVersion':
      return t(`refused.${reason.kind}`, { name })
    case 'tooLarge':
      return t('refused.tooLarge', {
        name,
        size: formatBytes(size, language),
        limit: formatBytes(reason.limit, language),
      })
    case 'nameTooLong':
      return t('refused.nameTooLong', { name, length: reason.length, limit: reason.limit })
    case 'type':
      return t('refused.type', { name, types: listTypes(reason.accepted, language) })
  }
}

/** JPEG, PNG and WebP. */
export function listTypes(mimes: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(mimes.map(typeLabel))
}

function describeFailure(
  { code, detail, requestId }: Extract<Transfer, { stage: 'failed' }>,
  { t, tell }: Teller,
): string {
  const problem = {
    type: 'about:blank',
    title: '',
    status: 400,
    code,
    detail: detail ?? '',
    requestId: requestId ?? '',
  }
  const told = tell(new ApiError(400, problem))
  const hint = told.detail !== null && told.detail !== '' ? told.detail : told.hint
  return requestId === null
    ? t('stage.failed', { title: told.title, hint })
    : t('stage.failedRequest', { title: told.title, hint, id: requestId })
}

/** Says how it stands with an upload that the server knows. */
export function describeUpload(upload: Upload, teller: Teller): string {
  const { t } = teller
  switch (upload.state) {
    case 'receiving':
      return t('upload.receiving')
    case 'processing':
      return describeProcessing(upload, teller)
    case 'stalled':
      return t('upload.stalled', troubleOf(upload, t))
    case 'done':
      return describeDone(upload, teller)
    case 'rejected':
      return describeRejection(upload, teller)
    case 'canceled':
      return t('upload.canceled')
    case 'failed': {
      const trouble = troubleOf(upload, t)
      return trouble.step === '' ? t('upload.failedPlain') : t('upload.failed', trouble)
    }
  }
}

function describeProcessing({ steps }: Upload, { t }: Teller): string {
  const retrying = steps.find(({ state }) => state === 'retrying')
  if (retrying !== undefined) {
    const { attempt, message } = retrying
    return t('upload.retrying', { step: stepWords(retrying, t), attempt, message: sentence(message) })
  }
  const running = steps.findIndex(({ state }) => state === 'running')
  const step = steps[running]
  return step === undefined
    ? t('upload.queued')
    : t('upload.running', { number: running + 1, step: stepWords(step, t) })
}

function describeDone(upload: Upload, { t, language }: Teller): string {
  const { size, storedSize, versionNumber, outcome } = upload
  const before = formatBytes(size, language)
  const after = formatBytes(storedSize ?? size, language)
  const saved = storedSize === null || size === 0 ? 0 : 1 - storedSize / size
  switch (outcome) {
    case 'duplicate':
    case 'restored':
    case 'unchanged':
      return t(`upload.${outcome}`)
    case 'versioned':
      return saved >= 0.01
        ? t('upload.versionedSaved', { number: versionNumber ?? 1, before, after })
        : t('upload.versioned', { number: versionNumber ?? 1 })
    default:
      return saved >= 0.01
        ? t('upload.saved', { before, after, percent: formatPercent(saved, language) })
        : t('upload.created', { after })
  }
}

function describeRejection({ rejection }: Upload, { t }: Teller): string {
  if (rejection === null) {
    return t('state.rejected')
  }
  const { code, signature, detail } = rejection
  switch (code) {
    case 'infected':
      return signature === undefined ? t('rejected.infectedUnnamed') : t('rejected.infected', { signature })
    case 'unscannable':
    case 'corrupt':
    case 'unsupported':
    case 'too_many_pixels':
    case 'integrity':
      return t(`rejected.${code}`)
    default:
      return detail // a code that is newer than this page
  }
}

function troubleOf({ steps }: Upload, t: TFunction<'uploads'>): { step: string; message: string } {
  const step =
    steps.find(({ state }) => state === 'failed') ??
    steps.find(({ state }) => state === 'retrying' || state === 'running')
  return step === undefined ? { step: '', message: '' } : { step: stepWords(step, t), message: sentence(step.message) }
}

const stepNames = ['scan', 'dedup', 'compress', 'move', 'version', 'notify'] as const
export type StepName = (typeof stepNames)[number]

export function knownStep(name: string): StepName | null {
  return stepNames.find((known) => known === name) ?? null
}

function stepWords({ name }: Step, t: TFunction<'uploads'>): string {
  const known = knownStep(name)
  return known === null ? name : t(`step.${known}`)
}

function sentence(message: string | null): string {
  const text = message?.trim() ?? ''
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`
}
