import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Token } from '../../../lib/api/types'
import { useNotify } from '../../../lib/notify'
import { useDeleteToken } from '../api/tokens'

interface Props {
  /** The token that is about to go; null for none. */
  readonly token: Token | null
  readonly onClose: () => void
}

/** Asks before a token goes: it cannot be brought back, and programs may need it. */
export function DeleteToken({ token, onClose }: Props) {
  const { t } = useTranslation('settings')
  const { t: tCommon } = useTranslation()
  const notify = useNotify()
  const remove = useDeleteToken()
  return (
    <Modal
      opened={token !== null}
      onClose={onClose}
      title={t('tokensPage.deleteTitle', { name: token?.name ?? '' })}
      closeButtonProps={{ 'aria-label': tCommon('action.close') }}
      transitionProps={{ duration: 0 }}
    >
      <Stack>
        <Text size="sm">{t('tokensPage.deleteText')}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {tCommon('action.cancel')}
          </Button>
          <Button
            color="red.9"
            loading={remove.isPending}
            onClick={() => {
              if (token !== null) {
                remove.mutate(token.id, {
                  onSuccess: () => {
                    notify.done(t('tokensPage.deleted'))
                    onClose()
                  },
                  onError: (error) => notify.failed(error),
                })
              }
            }}
          >
            {t('tokensPage.delete')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
