import { createBrowserRouter, Outlet, type RouteObject } from 'react-router'

import { Loading } from '../components/Loading'
import { adminRoutes } from '../features/admin/routes'
import { authRoutes, resetRoutes } from '../features/auth/routes'
import { filesRoutes } from '../features/files/routes'
import { notificationsRoutes } from '../features/notifications/routes'
import { settingsRoutes } from '../features/settings/routes'
import { uploadsRoutes } from '../features/uploads/routes'
import { CrashPage, NotFoundPage } from './pages'
import { RequireAdmin, RequireNobody, RequireUser } from './require'

/** The routes of the app, with who may be there. The server decides; these only spare people a dead end. */
export const routes: RouteObject[] = [
  {
    element: <Outlet />,
    errorElement: <CrashPage />,
    HydrateFallback: Loading,
    children: [
      { element: <RequireNobody />, children: authRoutes },
      ...resetRoutes,
      {
        element: <RequireUser />,
        children: [
          {
            // Loaded apart, so that the sign-in page does not wait for it.
            lazy: async () => ({ Component: (await import('./Shell')).Shell }),
            children: [
              {
                errorElement: <CrashPage />,
                children: [
                  ...filesRoutes,
                  ...uploadsRoutes,
                  ...notificationsRoutes,
                  ...settingsRoutes,
                  { element: <RequireAdmin />, children: adminRoutes },
                ],
              },
            ],
          },
        ],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]

export function createRouter() {
  return createBrowserRouter(routes)
}
