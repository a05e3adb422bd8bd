import type { RouteObject } from 'react-router'

export const authRoutes: RouteObject[] = [
  { path: '/login', lazy: async () => ({ Component: (await import('./LoginPage')).LoginPage }) },
  { path: '/register', lazy: async () => ({ Component: (await import('./RegisterPage')).RegisterPage }) },
]

/** Open to everybody: whoever has the link may be signed in as somebody else. */
export const resetRoutes: RouteObject[] = [
  { path: '/reset', lazy: async () => ({ Component: (await import('./ResetPage')).ResetPage }) },
]
