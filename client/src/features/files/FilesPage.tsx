import { IconPhoto } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { PageHeader } from '../../components/PageHeader'

export function FilesPage() {
  const { t } = useTranslation()
  return (
    <>
      <PageHeader title={t('app.files')} />
      <EmptyState icon={<IconPhoto size={36} />} title={t('app.files')} />
    </>
  )
}
