import type { RouteObject } from 'react-router'

export const uploadsRoutes: RouteObject[] = [
  { path: '/uploads', lazy: async () => ({ Component: (await import('./UploadsPage')).UploadsPage }) },
]
