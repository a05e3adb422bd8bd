import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'

import { Loading } from '../components/Loading'
import { ProblemAlert } from '../components/ProblemAlert'
import { mayBeSignedIn, meQuery, useMe } from '../lib/session/session'
import { onTabNews } from '../lib/session/tabs'
import { NotFoundPage } from './pages'
import { useSession } from './session'

const SignInAgain = lazy(async () => ({ default: (await import('../features/auth/SignInAgain')).SignInAgain }))

/**
 * Lets through who is signed in. When the session ends in the middle of
 * something, the page stays as it is and asks for the password above it.
 */
export function RequireUser() {
  const location = useLocation()
  const { data: me, error, refetch, isPending } = useQuery(meQuery)
  const { lost, resume } = useSession(me)
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
          <SignInAgain email={me.email} onSignedIn={resume} />
        </Suspense>
      )}
    </>
  )
}

/** Sends on who is signed in already. */
export function RequireNobody() {
  const location = useLocation()
  const client = useQueryClient()
  const [ask, setAsk] = useState(mayBeSignedIn)
  const { data: me, isLoading } = useQuery({ ...meQuery, enabled: ask })
  useEffect(
    () =>
      onTabNews(() => {
        setAsk(true)
        void client.invalidateQueries({ queryKey: meQuery.queryKey })
      }),
    [client],
  )
  if (isLoading) {
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
