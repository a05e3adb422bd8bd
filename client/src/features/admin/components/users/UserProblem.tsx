import { Alert } from '@mantine/core'
import { IconShieldLock } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { ProblemAlert } from '../../../../components/ProblemAlert'
import { ApiError } from '../../../../lib/api/client'

/** A failure about an account. That somebody has to be in charge is no failure of anything, so it is told apart. */
export function UserProblem({ error }: { readonly error: Error }) {
  const { t } = useTranslation('admin')
  if (error instanceof ApiError && error.code === 'last_admin') {
    return (
      <Alert
        role="alert"
        color="yellow"
        variant="light"
        icon={<IconShieldLock aria-hidden />}
        title={t('users.lastAdmin')}
      >
        {t('users.lastAdminHint')}
      </Alert>
    )
  }
  return <ProblemAlert error={error} />
}
