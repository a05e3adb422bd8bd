import { Center, Loader } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** Stands where something is on its way. */
export function Loading() {
  const { t } = useTranslation()
  return (
    <Center py={64} role="status">
      <Loader aria-label={t('loading')} />
    </Center>
  )
}
