import type { QueryClient } from '@tanstack/react-query'
import type { RouteObject } from 'react-router'

export function filesRoutes(client: QueryClient): RouteObject[] {
  return [
    {
      path: '/',
      lazy: async () => {
        const { FilesPage, askForFiles } = await import('./FilesPage')
        return { Component: FilesPage, loader: askForFiles(client) }
      },
    },
    { path: '/files/:id', lazy: async () => ({ Component: (await import('./FilePage')).FilePage }) },
    { path: '/trash', lazy: async () => ({ Component: (await import('./TrashPage')).TrashPage }) },
  ]
}
