import '@mantine/notifications/styles.layer.css'

import { ActionIcon, Alert, AppShell, Burger, Button, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'
import { IconUpload } from '@tabler/icons-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useNavigate } from 'react-router'

import { Loading } from '../components/Loading'
import { Bell } from '../features/notifications/Bell'
import { SenderProvider } from '../features/uploads/SenderProvider'
import { Tray } from '../features/uploads/Tray'
import { useConnection } from '../lib/events/events'
import { useSender } from '../lib/sending'
import { useShortcut } from '../lib/shortcuts'
import { AccountMenu } from './AccountMenu'
import { KeysDialog } from './KeysDialog'
import { useLive } from './live'
import { Navigation } from './Navigation'
import classes from './Shell.module.css'

/** What is around every page of someone signed in. */
export function Shell() {
  useLive()
  return (
    <SenderProvider>
      <Notifications position="bottom-left" limit={4} />
      <Frame />
      <Tray />
      <KeysDialog />
    </SenderProvider>
  )
}

function Frame() {
  const { t } = useTranslation()
  const [opened, menu] = useDisclosure(false)
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip-link" href="#content">
        {t('app.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label={t('app.openMenu')} />
            <Group component={Link} gap={8} wrap="nowrap" c="inherit" td="none" {...{ to: '/' }}>
              <img src="/favicon.svg" alt="" width={28} height={28} />
              <Text fw={700} size="lg">
                Safelight
              </Text>
            </Group>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <UploadButton />
            <Bell />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation onNavigate={menu.close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        <Offline />
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  )
}

function UploadButton() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const sender = useSender()
  const group = t('app.keysGeneral')
  useShortcut({ keys: 'u', label: t('app.upload'), group }, () => sender.pick())
  useShortcut({ keys: 'g', label: t('app.goFiles'), group }, () => void navigate('/'))
  useShortcut({ keys: 'p', label: t('app.goUploads'), group }, () => void navigate('/uploads'))
  return (
    <>
      <Button visibleFrom="xs" leftSection={<IconUpload size={18} aria-hidden />} onClick={() => sender.pick()}>
        {t('app.upload')}
      </Button>
      <ActionIcon
        hiddenFrom="xs"
        variant="filled"
        size={38}
        aria-label={t('app.upload')}
        title={t('app.upload')}
        onClick={() => sender.pick()}
      >
        <IconUpload size={20} aria-hidden />
      </ActionIcon>
    </>
  )
}

function Offline() {
  const { t } = useTranslation()
  const waiting = useConnection(({ state }) => state === 'waiting')
  return (
    <div role="status">
      {waiting && (
        <Alert color="yellow" variant="light" mb="md">
          {t('app.offline')}
        </Alert>
      )}
    </div>
  )
}
