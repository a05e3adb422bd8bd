/** The addresses of the app, by who may see them. */
export const publicRoutes = ['/login', '/register', '/reset', '/reset#token=x', '/no/such/page'] as const

export const userRoutes = [
  '/',
  '/uploads',
  '/trash',
  '/notifications',
  '/settings',
  '/settings/password',
  '/settings/sessions',
  '/settings/tokens',
  '/settings/appearance',
  '/settings/notifications',
] as const

export const adminRoutes = [
  '/admin',
  '/admin/uploads',
  '/admin/quarantine',
  '/admin/users',
  '/admin/files',
  '/admin/integrity',
  '/admin/webhooks',
  '/admin/audit',
] as const
