import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { uploadQuery } from '../api/upload'
import { useQueue } from '../sending/queues'
import { useTransfers } from '../stores/transfers'
import { isOver } from './phase'
import type { Summary } from './summary'
import classes from './Tray.module.css'

interface Props {
  readonly summary: Summary
}

/** Says whether the tab may be closed, and puts away what is finished. */
export function TrayFoot({ summary }: Props) {
  const { t } = useTranslation('uploads')
  const queue = useQueue()
  const client = useQueryClient()
  const finished = [...summary.phases].flatMap(([id, phase]) => (isOver(phase) ? [id] : []))
  const clear = () => {
    const { rows } = useTransfers.getState()
    const uploads = finished.flatMap((id) => rows.get(id)?.uploadId ?? [])
    queue.dismiss(finished)
    for (const id of uploads) {
      client.removeQueries({ ...uploadQuery(id), type: 'inactive' })
    }
  }
  return (
    <Stack gap={4} px="sm" py={8} className={classes.foot}>
      <Closing summary={summary} />
      <Group justify="space-between">
        <Anchor component={Link} to="/uploads" size="sm">
          {t('tray.history')}
        </Anchor>
        {finished.length > 0 && (
          <Button variant="default" size="compact-sm" onClick={clear}>
            {t('tray.clear')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function Closing({ summary: { unsent, counts } }: Props) {
  const { t } = useTranslation('uploads')
  if (unsent !== 'none') {
    return <Text size="xs">{t(unsent === 'kept' ? 'tray.resumes' : 'tray.keepOpen')}</Text>
  }
  return counts.processing === 0 ? null : (
    <Text size="xs" className={classes.safe}>
      <IconCircleCheck size={16} aria-hidden />
      {t('tray.safe')}
    </Text>
  )
}
