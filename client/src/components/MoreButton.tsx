import { Button, Center } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** What is needed of an infinite query to go on with it. */
export interface MoreOf {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
}

interface Props {
  readonly list: MoreOf
  /** What it says; otherwise it offers more. */
  readonly label?: string
  readonly small?: boolean
  readonly mt?: 'md'
}

/** Loads the next page of a list; not there when there is none. */
export function MoreButton({ list, label, small = false, mt }: Props) {
  const { t } = useTranslation()
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  if (!hasNextPage) {
    return null
  }
  const button = (
    <Button
      variant="default"
      {...(small && { size: 'xs' })}
      loading={isFetchingNextPage}
      onClick={() => void fetchNextPage()}
    >
      {label ?? t('action.more')}
    </Button>
  )
  return small ? button : <Center {...(mt !== undefined && { mt })}>{button}</Center>
}
