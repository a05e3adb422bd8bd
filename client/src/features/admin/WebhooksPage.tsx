import { Button, Stack } from '@mantine/core'
import { IconPlus, IconWebhook } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'
import { webhooksQuery } from './api/webhooks'
import { InfiniteList } from './components/InfiniteList'
import { AddWebhookDialog } from './components/webhooks/AddWebhookDialog'
import { WebhookCard } from './components/webhooks/WebhookCard'

/** The programs that are told of what happens here. */
export function WebhooksPage() {
  const { t } = useTranslation('admin')
  const query = useInfiniteQuery(webhooksQuery)
  const [adding, setAdding] = useState(false)
  const webhooks = query.data?.pages.flatMap(({ items }) => items) ?? []
  const add = (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setAdding(true)}>
      {t('webhooks.add')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('webhooks.title')} description={t('webhooks.description')}>
        {webhooks.length > 0 && add}
      </PageHeader>
      <InfiniteList
        query={query}
        count={webhooks.length}
        empty={
          <EmptyState icon={<IconWebhook size={36} />} title={t('webhooks.none')} action={add}>
            {t('webhooks.noneHint')}
          </EmptyState>
        }
      >
        <Stack component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
          {webhooks.map((webhook) => (
            <li key={webhook.id}>
              <WebhookCard webhook={webhook} />
            </li>
          ))}
        </Stack>
      </InfiniteList>
      {adding && <AddWebhookDialog onClose={() => setAdding(false)} />}
    </>
  )
}
