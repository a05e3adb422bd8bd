import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { IconLinkOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { ConfirmDialog } from '../../../components/ConfirmDialog'
import { Loading } from '../../../components/Loading'
import { MoreButton } from '../../../components/MoreButton'
import { ProblemAlert } from '../../../components/ProblemAlert'
import type { Share, StoredFile } from '../../../lib/api/types'
import { formatRelative } from '../../../lib/format'
import { useLanguage } from '../../../lib/i18n/useLanguage'
import { useNotify } from '../../../lib/notify'
import { useEndShare } from '../api/endShare'
import { sharesQuery } from '../api/shares'
import { CopyLink } from './CopyLink'
import { Section } from './Section'

interface Props {
  readonly file: StoredFile
  readonly onShare: () => void
}

/** The public links to a file, with how often they were used. */
export function Shares({ file, onShare }: Props) {
  const { t } = useTranslation('files')
  const notify = useNotify()
  const list = useInfiniteQuery(sharesQuery(file.id))
  const { data, isPending, error, refetch } = list
  const end = useEndShare(file.id)
  const [doomed, setDoomed] = useState<string | null>(null)
  const shares = data?.pages.flatMap((page) => page.items) ?? []
  const confirm = () => {
    setDoomed(null)
    if (doomed !== null) {
      end.mutate(doomed, {
        onSuccess: () => notify.done(t('shares.endedNow')),
        onError: (failure) => notify.failed(failure),
      })
    }
  }
  return (
    <Section
      title={t('shares.title')}
      action={
        file.trashedAt === null && (
          <Button size="xs" variant="light" onClick={onShare}>
            {t('shares.create')}
          </Button>
        )
      }
    >
      {isPending && <Loading />}
      {error !== null && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data !== undefined && shares.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('shares.none')}
        </Text>
      )}
      {shares.map((share) => (
        <ShareItem key={share.id} share={share} name={file.name} onEnd={() => setDoomed(share.id)} />
      ))}
      <MoreButton list={list} small />
      <ConfirmDialog
        opened={doomed !== null}
        title={t('shares.endTitle')}
        action={t('shares.end')}
        onClose={() => setDoomed(null)}
        onConfirm={confirm}
      >
        {t('shares.endDetail')}
      </ConfirmDialog>
    </Section>
  )
}

interface ItemProps {
  readonly share: Share
  readonly name: string
  readonly onEnd: () => void
}

function ShareItem({ share, name, onEnd }: ItemProps) {
  const { t } = useTranslation('files')
  const language = useLanguage()
  const [now] = useState(() => new Date())
  const over = new Date(share.expiresAt) <= now
  const facts = [
    t(over ? 'shares.ended' : 'shares.ends', { when: formatRelative(share.expiresAt, language, now) }),
    t('shares.views', { count: share.views }),
    ...(share.lastViewedAt === null
      ? []
      : [t('shares.lastView', { when: formatRelative(share.lastViewedAt, language) })]),
    ...(share.hasPassword ? [t('shares.password')] : []),
  ]
  return (
    <Stack gap={4}>
      <Group gap={6} wrap="nowrap">
        {share.url === null ? (
          <Text size="xs" flex={1}>
            {t('shares.lost')}
          </Text>
        ) : (
          <>
            <TextInput
              flex={1}
              readOnly
              disabled={over}
              aria-label={t('share.link', { name })}
              value={share.url}
              onFocus={(event) => event.currentTarget.select()}
            />
            {!over && <CopyLink url={share.url} label={t('shares.copy')} />}
          </>
        )}
        <ActionIcon size={36} variant="default" aria-label={t('shares.end')} title={t('shares.end')} onClick={onEnd}>
          <IconLinkOff size={18} aria-hidden />
        </ActionIcon>
      </Group>
      <Text size="xs" c="dimmed">
        {facts.join(' · ')}
      </Text>
    </Stack>
  )
}
