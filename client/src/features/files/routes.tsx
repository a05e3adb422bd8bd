import type { RouteObject } from 'react-router'

export const filesRoutes: RouteObject[] = [
  { path: '/', lazy: async () => ({ Component: (await import('./FilesPage')).FilesPage }) },
]
