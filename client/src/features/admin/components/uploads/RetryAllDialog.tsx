import { List, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { useNotify } from '../../../../lib/notify'
import { useRetryUploads } from '../../api/retryUploads'
import { stallCodes, type UploadsFilters } from '../../api/uploads'
import { ConfirmDialog } from '../ConfirmDialog'
import { useWords } from '../words'

interface Props {
  readonly filters: UploadsFilters
  readonly onClose: () => void
}

/** What a retry of everything takes from the filters of the list. */
export function retryBody({ step, code }: UploadsFilters) {
  const stall = stallCodes.find((known) => known === code)
  return {
    // A notice is never what an upload stalls at.
    ...(step === undefined || step === 'notify' ? {} : { step }),
    ...(stall === undefined ? {} : { code: stall }),
  }
}

/** Says which stalled uploads will be retried before it does so. */
export function RetryAllDialog({ filters, onClose }: Props) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const notify = useNotify()
  const retry = useRetryUploads()
  const body = retryBody(filters)
  const { step, code } = body
  const confirm = () => {
    retry.mutate(body, {
      onSuccess: ({ retried }) => {
        notify.done(retried === 0 ? t('uploads.retriedNone') : t('uploads.retriedAll', { count: retried }))
        onClose()
      },
    })
  }
  return (
    <ConfirmDialog
      title={t('uploads.retryAllTitle')}
      confirm={step === undefined && code === undefined ? t('uploads.retryAll') : t('uploads.retryMatching')}
      danger={false}
      pending={retry.isPending}
      error={retry.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      {step === undefined && code === undefined ? (
        t('uploads.retryAllText')
      ) : (
        <>
          {t('uploads.retryMatchingText')}
          <List size="sm" mt="xs">
            {step !== undefined && (
              <List.Item>
                {t('uploads.step')}: <b>{words.step(step)}</b>
              </List.Item>
            )}
            {code !== undefined && (
              <List.Item>
                {t('uploads.reason')}: <b>{words.reason(code)}</b>
              </List.Item>
            )}
          </List>
        </>
      )}
      {filters.ownerId !== undefined && (
        <Text size="sm" fw={600} mt="xs">
          {t('uploads.ownerIgnored')}
        </Text>
      )}
    </ConfirmDialog>
  )
}
