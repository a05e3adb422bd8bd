import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { Loading } from '../../components/Loading'
import { MoreButton } from '../../components/MoreButton'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import type { Token } from '../../lib/api/types'
import { tokensQuery } from './api/tokens'
import { CreateToken } from './components/CreateToken'
import { DeleteToken } from './components/DeleteToken'
import { TokenTable } from './components/TokenTable'

export function TokensPage() {
  const { t } = useTranslation('settings')
  const [creating, create] = useDisclosure(false)
  const [doomed, setDoomed] = useState<Token | null>(null)
  const list = useInfiniteQuery(tokensQuery)
  const { data, error, refetch } = list
  const tokens = data?.pages.flatMap(({ items }) => items)
  const createButton = (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={create.open}>
      {t('tokensPage.create')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('tokens')} description={t('tokensPage.text')}>
        {tokens !== undefined && tokens.length > 0 && createButton}
      </PageHeader>
      {tokens === undefined &&
        (error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />)}
      {tokens?.length === 0 && (
        <EmptyState icon={<IconKey size={36} />} title={t('tokensPage.empty')} action={createButton}>
          {t('tokensPage.emptyDetail')}
        </EmptyState>
      )}
      {tokens !== undefined && tokens.length > 0 && <TokenTable tokens={tokens} onDelete={setDoomed} />}
      <MoreButton list={list} mt="md" />
      <CreateToken opened={creating} onClose={create.close} />
      <DeleteToken token={doomed} onClose={() => setDoomed(null)} />
    </>
  )
}
