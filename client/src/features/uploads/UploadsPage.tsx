import { Button, Chip, Group, ScrollArea } from '@mantine/core'
import { IconFilterOff, IconFolderUp, IconUpload } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { EmptyState } from '../../components/EmptyState'
import { Loading } from '../../components/Loading'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useSender } from '../../lib/sending'
import type { UploadState } from './api/upload'
import { uploadsQuery } from './api/uploads'
import { History } from './components/History'

const states: readonly UploadState[] = ['receiving', 'processing', 'stalled', 'done', 'rejected', 'canceled', 'failed']

/** Everything that was sent, and what became of it. */
export function UploadsPage() {
  const { t } = useTranslation('uploads')
  const sender = useSender()
  const [params, setParams] = useSearchParams()
  const state = states.find((one) => one === params.get('state')) ?? null
  const show = (next: string) => setParams(next === 'all' ? {} : { state: next }, { replace: true })
  return (
    <>
      <PageHeader title={t('title')} description={t('description')}>
        <Button
          variant="default"
          leftSection={<IconFolderUp size={18} aria-hidden />}
          onClick={() => sender.pick({ folder: true })}
        >
          {t('pickFolder')}
        </Button>
      </PageHeader>
      <ScrollArea scrollbars="x" mb="md" offsetScrollbars="present">
        <Chip.Group value={state ?? 'all'} onChange={(value) => show(value)}>
          <Group gap={6} wrap="nowrap" role="group" aria-label={t('page.filter')} p={2}>
            {(['all', ...states] as const).map((one) => (
              <Chip key={one} value={one} size="sm" variant="light">
                {one === 'all' ? t('page.all') : t(`state.${one}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </ScrollArea>
      <List state={state} onAll={() => show('all')} />
    </>
  )
}

function List({ state, onAll }: { readonly state: UploadState | null; readonly onAll: () => void }) {
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    uploadsQuery(state),
  )
  const uploads = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data])
  if (isPending) {
    return <Loading />
  }
  if (data === undefined) {
    return <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  if (uploads.length === 0 && !hasNextPage) {
    return state === null ? <Empty /> : <EmptyFilter onAll={onAll} />
  }
  return (
    <>
      <History
        uploads={uploads}
        more={hasNextPage}
        onMore={() => {
          if (!isFetchingNextPage && error === null) {
            void fetchNextPage()
          }
        }}
      />
      {isFetchingNextPage && <Loading />}
      {error !== null && <ProblemAlert error={error} onRetry={() => void fetchNextPage()} />}
    </>
  )
}

function Empty() {
  const { t } = useTranslation('uploads')
  const sender = useSender()
  return (
    <EmptyState
      icon={<IconUpload size={36} />}
      title={t('page.emptyTitle')}
      action={<Button onClick={() => sender.pick()}>{t('pickFiles')}</Button>}
    >
      {t('page.empty')}
    </EmptyState>
  )
}

function EmptyFilter({ onAll }: { readonly onAll: () => void }) {
  const { t } = useTranslation('uploads')
  return (
    <EmptyState
      icon={<IconFilterOff size={36} />}
      title={t('page.emptyFilterTitle')}
      action={
        <Button variant="default" onClick={onAll}>
          {t('page.showAll')}
        </Button>
      }
    >
      {t('page.emptyFilter')}
    </EmptyState>
  )
}
