import { Anchor, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useTellProblem } from './i18n/problems'

/** How long what can be undone is offered: long enough to read it and reach for it. */
const undoFor = 10_000

export interface Notify {
  done(message: string): void
  /** Says what was done, and offers to take it back. */
  undo(message: string, undo: () => void): void
  /** Says what failed, why, and what to do now. */
  failed(error: unknown): void
}

/** Short messages at the edge of the page, read out by screen readers. */
export function useNotify(): Notify {
  const { t } = useTranslation()
  const tell = useTellProblem()
  return useMemo(
    () => ({
      done: (message) => notifications.show({ message, color: 'teal', role: 'status' }),
      undo: (message, undo) => {
        const id = notifications.show({
          role: 'status',
          autoClose: undoFor,
          message: (
            <Text size="sm" component="span">
              {message}{' '}
              <Anchor
                component="button"
                type="button"
                size="sm"
                fw={600}
                onClick={() => {
                  notifications.hide(id)
                  undo()
                }}
              >
                {t('action.undo')}
              </Anchor>
            </Text>
          ),
        })
      },
      failed: (error) => {
        const { title, hint, detail, requestId } = tell(error)
        notifications.show({
          role: 'alert',
          color: 'red',
          title,
          autoClose: undoFor,
          message: (
            <>
              {detail ?? hint}
              {requestId !== null && (
                <Text size="xs" c="dimmed" component="span" display="block">
                  {t('requestId', { id: requestId })}
                </Text>
              )}
            </>
          ),
        })
      },
    }),
    // tell is new with each rendering and changes only with the language, as t does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [t],
  )
}
