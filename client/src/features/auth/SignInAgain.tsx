import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface Props {
  readonly email: string
  readonly onSignedIn: () => void
}

/** Asks for the password above the page that was being used. */
export function SignInAgain({ email, onSignedIn }: Props) {
  const { t } = useTranslation()
  return (
    <Modal opened onClose={onSignedIn} title={t('session.expired')}>
      {email}
    </Modal>
  )
}
