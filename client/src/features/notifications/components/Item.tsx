import { ActionIcon, Text, ThemeIcon, VisuallyHidden } from '@mantine/core'
import { IconPointFilled } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { RelativeTime } from '../../../components/Time'
import type { Notification } from '../../../lib/api/types'
import { kinds } from '../kinds'
import { targetOf } from '../target'
import { wordsOf } from '../words'
import classes from './Item.module.css'

interface Props {
  readonly notification: Notification
  readonly onRead: (id: string) => void
  /** Called when its page is opened. */
  readonly onOpen?: () => void
}

/** One notification; the whole of it leads to what it is about, which reads it. */
export function Item({ notification, onRead, onOpen }: Props) {
  const { t } = useTranslation('notifications')
  const { id, kind, readAt, createdAt } = notification
  const { title, body } = wordsOf(notification, t)
  const { Icon, color, label } = kinds[kind]
  const unread = readAt === null
  return (
    <div className={classes.item} data-unread={unread || undefined}>
      <ThemeIcon variant="light" color={color} size={36} radius="xl" className={classes.icon}>
        <Icon size={20} aria-hidden />
      </ThemeIcon>
      <div className={classes.words}>
        <Link
          to={targetOf(notification)}
          className={classes.link}
          onClick={() => {
            if (unread) {
              onRead(id)
            }
            onOpen?.()
          }}
        >
          {unread && <VisuallyHidden>{t('unread')}: </VisuallyHidden>}
          {title}
        </Link>
        {body !== '' && (
          <Text size="sm" className={classes.body}>
            {body}
          </Text>
        )}
        <Text size="xs" className={classes.when}>
          {t(`kind.${label}`)} · <RelativeTime value={createdAt} />
        </Text>
      </div>
      {unread && (
        <ActionIcon
          variant="subtle"
          className={classes.dot}
          aria-label={t('markRead', { title })}
          title={t('markRead', { title })}
          onClick={() => onRead(id)}
        >
          <IconPointFilled size={18} aria-hidden />
        </ActionIcon>
      )}
    </div>
  )
}
