import type { RouteObject } from 'react-router'

/** Each page is a chunk of its own: who is no administrator loads none of them. */
export const adminRoutes: RouteObject[] = [
  { path: '/admin', lazy: async () => ({ Component: (await import('./DashboardPage')).DashboardPage }) },
  { path: '/admin/uploads', lazy: async () => ({ Component: (await import('./UploadsPage')).UploadsPage }) },
  { path: '/admin/quarantine', lazy: async () => ({ Component: (await import('./QuarantinePage')).QuarantinePage }) },
  { path: '/admin/users', lazy: async () => ({ Component: (await import('./UsersPage')).UsersPage }) },
  { path: '/admin/files', lazy: async () => ({ Component: (await import('./FilesPage')).FilesPage }) },
  { path: '/admin/integrity', lazy: async () => ({ Component: (await import('./IntegrityPage')).IntegrityPage }) },
  { path: '/admin/webhooks', lazy: async () => ({ Component: (await import('./WebhooksPage')).WebhooksPage }) },
  { path: '/admin/audit', lazy: async () => ({ Component: (await import('./AuditPage')).AuditPage }) },
]
