import { NavLink, Progress, ScrollArea, Stack, Text } from '@mantine/core'
import { IconPhoto, IconSettings, IconTrash, IconUpload } from '@tabler/icons-react'
import { type ReactNode, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { NavLink as RouterLink } from 'react-router'

import { adminPages } from '../features/admin/pages'
import { formatBytes } from '../lib/format'
import { useLanguage } from '../lib/i18n/useLanguage'
import { useMe } from '../lib/session/session'
import classes from './Shell.module.css'

interface Props {
  readonly onNavigate: () => void
}

export function Navigation({ onNavigate }: Props) {
  const { t } = useTranslation()
  const me = useMe()
  const item = (to: string, label: string, icon: ReactNode, end = true) => (
    <Item to={to} label={label} icon={icon} end={end} onNavigate={onNavigate} />
  )
  return (
    <Stack component="nav" aria-label={t('app.navigation')} gap={0} h="100%">
      <ScrollArea flex={1}>
        {item('/', t('app.files'), <IconPhoto size={18} aria-hidden />)}
        {item('/uploads', t('app.uploads'), <IconUpload size={18} aria-hidden />)}
        {item('/trash', t('app.trash'), <IconTrash size={18} aria-hidden />)}
        {item('/settings', t('app.settings'), <IconSettings size={18} aria-hidden />, false)}
        {me.role === 'admin' && (
          <Suspense>
            <AdminItems onNavigate={onNavigate} />
          </Suspense>
        )}
      </ScrollArea>
      <Space />
    </Stack>
  )
}

/** Only administrators load the words of their panel. */
function AdminItems({ onNavigate }: Props) {
  const { t } = useTranslation()
  const { t: tAdmin } = useTranslation('admin')
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} mt="md" mb={4} px="sm">
        {t('app.admin')}
      </Text>
      {adminPages.map(({ path, label, Icon }) => (
        <Item
          key={path}
          to={`/admin${path}`}
          label={tAdmin(label)}
          icon={<Icon size={18} aria-hidden />}
          onNavigate={onNavigate}
        />
      ))}
    </>
  )
}

interface ItemProps extends Props {
  readonly to: string
  readonly label: string
  readonly icon: ReactNode
  readonly end?: boolean
}

function Item({ to, label, icon, end = true, onNavigate }: ItemProps) {
  return (
    <NavLink
      component={RouterLink}
      to={to}
      end={end}
      label={label}
      leftSection={icon}
      onClick={onNavigate}
      className={classes.link}
    />
  )
}

function Space() {
  const { t } = useTranslation()
  const language = useLanguage()
  const { usedBytes, quotaBytes } = useMe()
  const share = quotaBytes > 0 ? Math.min(100, (100 * usedBytes) / quotaBytes) : 0
  const text = t('app.space', { used: formatBytes(usedBytes, language), quota: formatBytes(quotaBytes, language) })
  return (
    <Stack gap={4} p="sm">
      <Progress value={share} size="sm" aria-label={text} {...(share > 90 ? { color: 'red' } : {})} />
      <Text size="xs" c="dimmed">
        {text}
      </Text>
    </Stack>
  )
}
