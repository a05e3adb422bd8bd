import type { RouteObject } from 'react-router'

export const uploadsRoutes: RouteObject[] = []
