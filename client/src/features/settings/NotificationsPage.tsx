import { Alert, Paper, Stack, Switch } from '@mantine/core'
import { IconBellOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { PageHeader } from '../../components/PageHeader'
import { turnOnBrowserNotifications, usePermission } from '../../lib/permission'
import { usePreferences } from '../../lib/preferences'
import classes from './Settings.module.css'

export function NotificationsPage() {
  const { t } = useTranslation('settings')
  const permission = usePermission()
  const wanted = usePreferences((preferences) => preferences.browserNotifications)
  const set = usePreferences((preferences) => preferences.set)
  const possible = permission === 'default' || permission === 'granted'
  return (
    <>
      <PageHeader title={t('notifications')} description={t('notificationsPage.text')} />
      <Paper withBorder radius="lg" className={classes.card}>
        <Stack>
          <Switch
            size="md"
            label={t('notificationsPage.browser')}
            description={t('notificationsPage.browserHint')}
            checked={wanted && permission === 'granted'}
            disabled={!possible}
            onChange={(event) => {
              if (event.currentTarget.checked) {
                void turnOnBrowserNotifications()
              } else {
                set({ browserNotifications: false })
              }
            }}
          />
          <div role="status">
            {!possible && (
              <Alert color="yellow" icon={<IconBellOff aria-hidden />}>
                {t(permission === 'denied' ? 'notificationsPage.denied' : 'notificationsPage.unsupported')}
              </Alert>
            )}
          </div>
        </Stack>
      </Paper>
    </>
  )
}
