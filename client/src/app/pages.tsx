import { Button, Center } from '@mantine/core'
import { IconCompass, IconMoodSad } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { isRouteErrorResponse, Link, useRouteError } from 'react-router'

import { EmptyState } from '../components/EmptyState'
import { ProblemAlert } from '../components/ProblemAlert'
import { ApiError } from '../lib/api/client'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Center component="main" mih="100dvh">
      <title>{`${t('pageNotFound.title')} · Safelight`}</title>
      <EmptyState
        wholePage
        icon={<IconCompass size={36} />}
        title={t('pageNotFound.title')}
        action={
          <Button component={Link} to="/">
            {t('action.home')}
          </Button>
        }
      >
        {t('pageNotFound.detail')}
      </EmptyState>
    </Center>
  )
}

/** What stands where a page threw. */
export function CrashPage() {
  const { t } = useTranslation()
  const error = useRouteError()
  if (isRouteErrorResponse(error) && error.status === 404) {
    return <NotFoundPage />
  }
  const reload = () => window.location.reload()
  return (
    <Center component="main" mih="60dvh" p="md">
      {error instanceof ApiError ? (
        <ProblemAlert error={error} onRetry={reload} />
      ) : (
        <EmptyState
          wholePage
          icon={<IconMoodSad size={36} />}
          title={t('crash.title')}
          action={<Button onClick={reload}>{t('action.reload')}</Button>}
        >
          {t('crash.detail')}
        </EmptyState>
      )}
    </Center>
  )
}
