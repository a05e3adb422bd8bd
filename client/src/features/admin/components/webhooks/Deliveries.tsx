import { ActionIcon, Stack, Text } from '@mantine/core'
import { IconRefresh, IconSend } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../../../components/EmptyState'
import { RelativeTime } from '../../../../components/Time'
import type { Delivery } from '../../../../lib/api/types'
import { formatDateTime } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useNotify } from '../../../../lib/notify'
import { deliveriesQuery } from '../../api/deliveries'
import { useRedeliver } from '../../api/redeliver'
import { type Column, DataTable } from '../DataTable'
import { InfiniteList } from '../InfiniteList'
import { StateBadge, type Tone } from '../StateBadge'
import { useWords } from '../words'

const tones: Readonly<Record<Delivery['state'], Tone>> = { pending: 'busy', delivered: 'good', failed: 'bad' }

interface Props {
  readonly webhookId: string
  readonly url: string
}

/** What was and is sent to a webhook. */
export function Deliveries({ webhookId, url }: Props) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const query = useInfiniteQuery(deliveriesQuery(webhookId))
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? []
  const columns: readonly Column<Delivery>[] = [
    { key: 'event', header: t('webhooks.event'), title: true, cell: ({ event }) => words.event(event) },
    {
      key: 'state',
      header: t('common.state'),
      cell: ({ state }) => <StateBadge tone={tones[state]}>{t(`webhooks.states.${state}`)}</StateBadge>,
    },
    { key: 'attempts', header: t('webhooks.attempts'), align: 'end', cell: ({ attempts }) => attempts },
    { key: 'answer', header: t('webhooks.response'), cell: (delivery) => <Answer delivery={delivery} /> },
    { key: 'when', header: t('common.when'), cell: ({ createdAt }) => <RelativeTime value={createdAt} /> },
    {
      key: 'actions',
      header: t('common.actions'),
      align: 'end',
      cell: (delivery) => (delivery.state === 'pending' ? '–' : <Again webhookId={webhookId} delivery={delivery} />),
    },
  ]
  return (
    <InfiniteList
      query={query}
      count={rows.length}
      empty={
        <EmptyState icon={<IconSend size={36} />} title={t('webhooks.noDeliveries')}>
          {t('webhooks.noDeliveriesHint')}
        </EmptyState>
      }
    >
      <DataTable label={t('webhooks.deliveriesOf', { url })} columns={columns} rows={rows} />
    </InfiniteList>
  )
}

function Answer({ delivery: { lastStatus, lastError } }: { readonly delivery: Delivery }) {
  const { t } = useTranslation('admin')
  return (
    <Stack gap={0} miw={0}>
      <Text size="sm">{lastStatus ?? (lastError === null ? t('webhooks.noAnswer') : '–')}</Text>
      {lastError !== null && (
        <Text size="xs" c="dimmed" maw={280} style={{ overflowWrap: 'anywhere' }}>
          {lastError}
        </Text>
      )}
    </Stack>
  )
}

function Again({
  webhookId,
  delivery: { id, event, createdAt },
}: {
  readonly webhookId: string
  readonly delivery: Delivery
}) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const language = useLanguage()
  const notify = useNotify()
  const redeliver = useRedeliver()
  const send = () => {
    redeliver.mutate(
      { id: webhookId, deliveryId: id },
      { onSuccess: () => notify.done(t('webhooks.redelivered')), onError: (error) => notify.failed(error) },
    )
  }
  return (
    <ActionIcon
      variant="default"
      loading={redeliver.isPending}
      title={t('webhooks.redeliver')}
      aria-label={t('webhooks.redeliverThis', { event: words.event(event), when: formatDateTime(createdAt, language) })}
      onClick={send}
    >
      <IconRefresh size={16} aria-hidden />
    </ActionIcon>
  )
}
