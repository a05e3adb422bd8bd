import { Anchor, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useEffect, useEffectEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import type { Notification } from '../../lib/api/types'
import { onServerEvent, useConnection } from '../../lib/events/events'
import { isUploadShown } from '../../lib/shownUploads'
import { allHidden, announce, markVisible, mayAnnounce } from './browser'
import { kinds } from './kinds'
import { targetOf } from './target'
import { wordsOf } from './words'

/** News that comes together is told together: five hundred uploads end within minutes. */
const gatherFor = 1500

/**
 * Tells of news: through the browser when nobody looks at any tab and the person
 * agreed, and at the edge of the page when something needs a look that the tray
 * does not show already.
 */
export function useAnnouncements(): void {
  const { t } = useTranslation('notifications')
  const navigate = useNavigate()

  function toast(urgent: readonly Notification[]) {
    const [first] = urgent
    if (first === undefined) {
      return
    }
    const alone = urgent.length === 1
    const words = wordsOf(first, t)
    const id = notifications.show({
      role: 'alert',
      color: kinds[first.kind].color,
      title: alone ? words.title : t('many', { count: urgent.length }),
      autoClose: 10_000,
      message: (
        <>
          <Text size="sm" component="span" display="block">
            {alone ? words.body : t('manyBody')}
          </Text>
          <Anchor
            component="button"
            type="button"
            size="sm"
            fw={600}
            onClick={() => {
              notifications.hide(id)
              void navigate(alone ? targetOf(first) : '/notifications')
            }}
          >
            {t('look')}
          </Anchor>
        </>
      ),
    })
  }

  const tell = useEffectEvent(async (news: readonly Notification[]) => {
    const [first] = news
    if (first === undefined) {
      return
    }
    // Of all tabs the one that reads the stream speaks.
    if (useConnection.getState().leads && mayAnnounce() && (await allHidden())) {
      const urgent = news.filter(({ kind }) => kinds[kind].urgent).length
      const alone = news.length === 1
      const words = wordsOf(first, t)
      announce({
        title: alone ? words.title : urgent > 0 ? t('many', { count: urgent }) : t('manyDone', { count: news.length }),
        body: alone ? words.body : t('manyBody'),
        tag: alone ? first.id : 'safelight',
        onClick: () => void navigate(alone ? targetOf(first) : '/notifications'),
      })
    }
    if (document.visibilityState === 'visible') {
      toast(news.filter(({ kind, uploadId }) => kinds[kind].urgent && !isUploadShown(uploadId)))
    }
  })

  useEffect(() => markVisible(), [])
  useEffect(() => {
    let gathered: Notification[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onServerEvent((event) => {
      if (event.kind !== 'notification' || event.notification.readAt !== null) {
        return
      }
      gathered.push(event.notification)
      timer ??= setTimeout(() => {
        void tell(gathered)
        gathered = []
        timer = undefined
      }, gatherFor)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
}
