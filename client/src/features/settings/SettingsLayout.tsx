import { NavLink } from '@mantine/core'
import { IconBell, IconDevices, IconKey, IconLock, IconPalette, IconUser } from '@tabler/icons-react'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { NavLink as RouterLink, Outlet } from 'react-router'

import { Loading } from '../../components/Loading'
import classes from './Settings.module.css'

const sections = [
  { path: '', label: 'profile', Icon: IconUser },
  { path: '/password', label: 'password', Icon: IconLock },
  { path: '/sessions', label: 'sessions', Icon: IconDevices },
  { path: '/tokens', label: 'tokens', Icon: IconKey },
  { path: '/appearance', label: 'appearance', Icon: IconPalette },
  { path: '/notifications', label: 'notifications', Icon: IconBell },
] as const

/** The sections of the settings beside the one that is open. */
export function SettingsLayout() {
  const { t } = useTranslation('settings')
  return (
    <div className={classes.layout}>
      <nav aria-label={t('sections')} className={classes.sections}>
        {sections.map(({ path, label, Icon }) => (
          <NavLink
            key={path}
            component={RouterLink}
            to={`/settings${path}`}
            end
            label={t(label)}
            leftSection={<Icon size={18} aria-hidden />}
            className={classes.section}
          />
        ))}
      </nav>
      <div className={classes.page}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  )
}
