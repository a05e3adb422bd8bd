import { ActionIcon, CopyButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

/** Copies a link, and says so. */
export function CopyLink({ url, label }: { readonly url: string; readonly label: string }) {
  const { t } = useTranslation('files')
  return (
    <CopyButton value={url} timeout={2000}>
      {({ copied, copy }) => (
        <ActionIcon size={36} variant="default" aria-label={copied ? t('share.copied') : label} onClick={copy}>
          {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  )
}
