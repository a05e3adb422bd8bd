import type { RouteObject } from 'react-router'

export const settingsRoutes: RouteObject[] = [
  {
    path: '/settings',
    lazy: async () => ({ Component: (await import('./SettingsLayout')).SettingsLayout }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import('./ProfilePage')).ProfilePage }) },
      { path: 'password', lazy: async () => ({ Component: (await import('./PasswordPage')).PasswordPage }) },
      { path: 'sessions', lazy: async () => ({ Component: (await import('./SessionsPage')).SessionsPage }) },
      { path: 'tokens', lazy: async () => ({ Component: (await import('./TokensPage')).TokensPage }) },
      { path: 'appearance', lazy: async () => ({ Component: (await import('./AppearancePage')).AppearancePage }) },
      {
        path: 'notifications',
        lazy: async () => ({ Component: (await import('./NotificationsPage')).NotificationsPage }),
      },
    ],
  },
]
