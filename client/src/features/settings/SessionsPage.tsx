import { Badge, Button, Group, Paper, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconDeviceDesktop, IconDeviceMobile, IconTerminal2 } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { Loading } from '../../components/Loading'
import { MoreButton } from '../../components/MoreButton'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { RelativeTime } from '../../components/Time'
import type { Session } from '../../lib/api/types'
import { useNotify } from '../../lib/notify'
import { useEndOtherSessions, useEndSession } from './api/endSessions'
import { sessionsQuery } from './api/sessions'
import { deviceOf } from './device'
import classes from './Settings.module.css'

const icons = { phone: IconDeviceMobile, computer: IconDeviceDesktop, program: IconTerminal2 }

export function SessionsPage() {
  const { t } = useTranslation('settings')
  const notify = useNotify()
  const list = useInfiniteQuery(sessionsQuery)
  const { data, error, refetch } = list
  const endOthers = useEndOtherSessions()
  const sessions = data?.pages
    .flatMap(({ items }) => items)
    .sort((a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt.localeCompare(a.lastUsedAt))
  return (
    <>
      <PageHeader title={t('sessions')} description={t('sessionsPage.text')} />
      {sessions === undefined &&
        (error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />)}
      {sessions !== undefined && (
        <Stack>
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </Stack>
          <MoreButton list={list} />
          {sessions.length > 1 ? (
            <Group>
              <Button
                variant="default"
                loading={endOthers.isPending}
                onClick={() =>
                  endOthers.mutate(undefined, {
                    onSuccess: (count) => notify.done(t('sessionsPage.endedAll', { count })),
                    onError: (failure) => notify.failed(failure),
                  })
                }
              >
                {t('sessionsPage.endAll')}
              </Button>
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              {t('sessionsPage.only')}
            </Text>
          )}
        </Stack>
      )}
    </>
  )
}

function SessionRow({ session }: { readonly session: Session }) {
  const { t } = useTranslation('settings')
  const notify = useNotify()
  const end = useEndSession()
  const { browser, system, kind } = deviceOf(session.userAgent)
  const Icon = icons[kind]
  const device =
    browser !== null && system !== null
      ? t('sessionsPage.device', { browser, system })
      : (browser ?? system ?? t('sessionsPage.unknown'))
  return (
    <Paper component="li" withBorder radius="lg" className={classes.card} py="md">
      <Group wrap="nowrap" align="flex-start">
        <ThemeIcon variant="light" size={42} radius="xl" color={session.current ? 'safelight' : 'gray'}>
          <Icon size={22} aria-hidden />
        </ThemeIcon>
        <Stack gap={2} flex={1} miw={0}>
          <Group gap="xs">
            <Text fw={600} title={session.userAgent}>
              {device}
            </Text>
            {session.current && (
              <Badge variant="light" color="teal">
                {t('sessionsPage.this')}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {t('sessionsPage.used')} <RelativeTime value={session.lastUsedAt} />
          </Text>
          <Text size="sm" c="dimmed">
            {t('sessionsPage.since')} <RelativeTime value={session.createdAt} />{' '}
            {t('sessionsPage.from', { ip: session.ip })}
          </Text>
        </Stack>
        {!session.current && (
          <Button
            variant="default"
            size="sm"
            aria-label={t('sessionsPage.endLabel', { device })}
            loading={end.isPending}
            onClick={() =>
              end.mutate(session.id, {
                onSuccess: () => notify.done(t('sessionsPage.ended')),
                onError: (failure) => notify.failed(failure),
              })
            }
          >
            {t('sessionsPage.end')}
          </Button>
        )}
      </Group>
    </Paper>
  )
}
