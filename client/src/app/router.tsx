import type { QueryClient } from '@tanstack/react-query'
import { createBrowserRouter, type LoaderFunction, Outlet, type RouteObject } from 'react-router'

import { Loading } from '../components/Loading'
import { adminRoutes } from '../features/admin/routes'
import { authRoutes, resetRoutes } from '../features/auth/routes'
import { filesRoutes } from '../features/files/routes'
import { notificationsRoutes } from '../features/notifications/routes'
import { settingsRoutes } from '../features/settings/routes'
import { uploadsRoutes } from '../features/uploads/routes'
import { configQuery, letIn, mayBeSignedIn, meQuery, somebody } from '../lib/session/session'
import { CrashPage, NotFoundPage } from './pages'
import { RequireAdmin, RequireNobody, RequireUser } from './require'

export type Router = ReturnType<typeof createBrowserRouter>

/** The pages of people who are signed in. */
const inside = (client: QueryClient): RouteObject => ({
  // Loaded apart, so that the sign-in page does not wait for it.
  lazy: async () => ({ Component: (await import('./Shell')).Shell }),
  children: [
    {
      errorElement: <CrashPage />,
      children: [
        ...filesRoutes(client),
        ...uploadsRoutes,
        ...notificationsRoutes,
        ...settingsRoutes,
        { element: <RequireAdmin />, children: adminRoutes },
      ],
    },
  ],
})

/** What is known before a page is drawn, which would otherwise be drawn twice. */
interface Loaders {
  readonly nobody: LoaderFunction
  readonly user: LoaderFunction
}

/** The routes of the app, with who may be there. The server decides; these only spare people a dead end. */
function createRoutes(client: QueryClient, loaders: Loaders): RouteObject[] {
  // Once somebody is there, moving about on their side of the door asks nothing.
  const once = { shouldRevalidate: () => false }
  return [
    {
      element: <Outlet />,
      errorElement: <CrashPage />,
      HydrateFallback: Loading,
      children: [
        { element: <RequireNobody />, loader: loaders.nobody, ...once, children: authRoutes },
        ...resetRoutes,
        { element: <RequireUser />, loader: loaders.user, ...once, children: [whenSomebodyIsHere(inside(client))] },
        { path: '*', element: <NotFoundPage /> },
      ],
    },
  ]
}

/** The routes, none of which is loaded before somebody is signed in: strangers do not carry what they are not shown. */
function whenSomebodyIsHere(route: RouteObject): RouteObject {
  const { lazy, children } = route
  return {
    ...route,
    ...(typeof lazy === 'function' && {
      lazy: async () => {
        await somebody()
        return lazy()
      },
    }),
    ...(children !== undefined && { children: children.map(whenSomebodyIsHere) }),
  } as RouteObject // of the same kind, index or not, as it was
}

/** The router of the page; tests have another kind of address. */
export function createRouter(
  client: QueryClient,
  create: (routes: RouteObject[]) => Router = createBrowserRouter,
): Router {
  const router = create(createRoutes(client, { nobody, user }))

  /** The sign-in page has words about the server above and below its form. It is shown without them, too. */
  async function nobody(): Promise<null> {
    await client.query({ ...configQuery, staleTime: 'static' }).catch(() => undefined)
    return null
  }

  /** Finds out who is there. Sends to the sign-in page whom the server does not know, before their pages are loaded. */
  async function user({ request }: { readonly request: Request }): Promise<null> {
    const remembered = mayBeSignedIn()
    // When the server cannot be asked, RequireUser says so.
    const me = client.getQueryData(meQuery.queryKey) ?? (await client.query(meQuery).catch(() => undefined))
    if (me === null && !remembered) {
      const { pathname, search } = new URL(request.url)
      // Not by a redirect, which would wait for the pages that are not loaded.
      void router.navigate('/login', { replace: !router.state.initialized, state: { from: pathname + search } })
    } else {
      letIn()
    }
    return null
  }
  return router
}

/** So long a page is empty before it says that it is loading. */
const patience = 1000

/** Waits until the first page can be drawn as a whole, but not for long. */
export async function untilReady(router: Router): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, patience)
    const leave = router.subscribe(look)
    look()
    function look() {
      if (router.state.initialized) {
        done()
      }
    }
    function done() {
      clearTimeout(timer)
      leave()
      resolve()
    }
  })
}
