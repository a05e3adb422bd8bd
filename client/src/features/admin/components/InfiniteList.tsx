import { Button, Center, Text } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { IconFilterOff } from '@tabler/icons-react'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../../components/EmptyState'
import { Loading } from '../../../components/Loading'
import { MoreButton, type MoreOf } from '../../../components/MoreButton'
import { ProblemAlert } from '../../../components/ProblemAlert'

/** What is needed of an infinite query. */
interface Query extends MoreOf {
  readonly isPending: boolean
  readonly error: Error | null
  readonly data: unknown
  readonly refetch: () => unknown
}

interface Props {
  readonly query: Query
  readonly count: number
  /** Takes the filters away, where there are any. */
  readonly onClear?: (() => void) | undefined
  /** Stands where there is nothing, with no filter set. */
  readonly empty: ReactNode
  readonly children: ReactNode
}

/** A list that grows as one scrolls, with all that may stand in its place. */
export function InfiniteList({ query, count, onClear, empty, children }: Props) {
  if (query.isPending) {
    return <Loading />
  }
  if (query.error !== null && query.data === undefined) {
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
  }
  if (count === 0) {
    return onClear === undefined ? empty : <NothingFound onClear={onClear} />
  }
  return (
    <>
      {query.error !== null && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {children}
      <Further query={query} count={count} />
    </>
  )
}

function NothingFound({ onClear }: { readonly onClear: () => void }) {
  const { t } = useTranslation('admin')
  return (
    <EmptyState
      icon={<IconFilterOff size={36} />}
      title={t('common.nothingFound')}
      action={<Button onClick={onClear}>{t('common.clear')}</Button>}
    >
      {t('common.nothingFoundHint')}
    </EmptyState>
  )
}

/** Loads the next part when it comes near; the button is for who gets there first. */
function Further({ query, count }: { readonly query: Query; readonly count: number }) {
  const { t } = useTranslation('admin')
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = query
  const { ref, entry } = useIntersection({ rootMargin: '600px' })
  const near = entry?.isIntersecting === true
  useEffect(() => {
    // After a failure it is left to the button.
    if (near && hasNextPage && !isFetchingNextPage && error === null) {
      void fetchNextPage()
    }
  }, [near, hasNextPage, isFetchingNextPage, error, fetchNextPage, count])
  return (
    <Center ref={ref} py="md" role="status">
      <MoreButton list={query} />
      {!hasNextPage && count > 20 && (
        <Text size="sm" c="dimmed">
          {t('common.end')}
        </Text>
      )}
    </Center>
  )
}
