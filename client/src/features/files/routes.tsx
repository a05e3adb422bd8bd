import type { RouteObject } from 'react-router'

export const filesRoutes: RouteObject[] = [
  { path: '/', lazy: async () => ({ Component: (await import('./FilesPage')).FilesPage }) },
  { path: '/files/:id', lazy: async () => ({ Component: (await import('./FilePage')).FilePage }) },
  { path: '/trash', lazy: async () => ({ Component: (await import('./TrashPage')).TrashPage }) },
]
