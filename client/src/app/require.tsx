import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'

import { Loading } from '../components/Loading'
import { ProblemAlert } from '../components/ProblemAlert'
import { onSessionLost } from '../lib/api/api'
import { meQuery, useMe } from '../lib/session/session'
import { NotFoundPage } from './pages'

const SignInAgain = lazy(async () => ({ default: (await import('../features/auth/SignInAgain')).SignInAgain }))

/**
 * Lets through who is signed in. When the session ends in the middle of
 * something, the page stays as it is and asks for the password above it.
 */
export function RequireUser() {
  const location = useLocation()
  const { data: me, error, refetch, isPending } = useQuery(meQuery)
  const [lost, setLost] = useState(false)
  useEffect(() => onSessionLost(() => setLost(true)), [])
  if (isPending) {
    return <Loading />
  }
  if (error !== null && me === undefined) {
    return <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  if (!me) {
    return <Navigate to="/login" replace state={{ from: location.pathname + location.search }} />
  }
  return (
    <>
      <Outlet />
      {lost && (
        <Suspense>
          <SignInAgain email={me.email} onSignedIn={() => setLost(false)} />
        </Suspense>
      )}
    </>
  )
}

/** Sends on who is signed in already. */
export function RequireNobody() {
  const location = useLocation()
  const { data: me, isPending } = useQuery(meQuery)
  if (isPending) {
    return <Loading />
  }
  if (me) {
    const state = location.state as { from?: unknown } | null
    return <Navigate to={typeof state?.from === 'string' ? state.from : '/'} replace />
  }
  return <Outlet />
}

/** To whom is no administrator these pages do not exist. */
export function RequireAdmin() {
  return useMe().role === 'admin' ? <Outlet /> : <NotFoundPage />
}
