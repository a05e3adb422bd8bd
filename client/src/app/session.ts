import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { holdRequests, onSessionLost, sessionBack } from '../lib/api/lost'
import type { User } from '../lib/api/types'
import { enter, leave } from '../lib/session/session'
import { onTabNews, tellTabs } from '../lib/session/tabs'

interface Session {
  /** The session has ended, and requests wait for the person to sign in again. */
  readonly lost: boolean
  /** Goes on with what waits, in this tab and the others. */
  readonly resume: (user: User) => void
}

/** Follows the session of the person who is signed in, in this tab and the others. */
export function useSession(me: User | null | undefined): Session {
  const client = useQueryClient()
  const [lost, setLost] = useState(false)
  const id = me?.id

  useEffect(() => {
    if (id === undefined) {
      return
    }
    holdRequests(true)
    const stop = onSessionLost((why) => {
      if (why === 'suspended') {
        leave(client, 'suspended')
      } else {
        setLost(true)
      }
    })
    return () => {
      stop()
      holdRequests(false)
      setLost(false)
    }
  }, [client, id])

  useEffect(() =>
    onTabNews((news) => {
      if (news.type === 'signed-out') {
        leave(client)
      } else if (news.userId !== id) {
        // Another person's page: nothing of this one may stay.
        window.location.assign('/')
      } else {
        goOn()
      }
    }),
  )

  function goOn() {
    setLost(false)
    sessionBack()
    void client.invalidateQueries()
  }

  const resume = (user: User) => {
    enter(client, user)
    goOn()
    tellTabs({ type: 'signed-in', userId: user.id })
  }
  return { lost, resume }
}
