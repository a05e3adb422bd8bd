import { ActionIcon, Button, Group, Title } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { Loading } from '../../../components/Loading'
import type { StoredFile } from '../../../lib/api/types'
import { useVersions } from '../api/versions'
import { fileLink, type ListParams } from '../listParams'
import { Viewer } from './Viewer'
import classes from './Viewer.module.css'

const CompareSlider = lazy(async () => ({ default: (await import('./CompareSlider')).CompareSlider }))

interface Props {
  readonly file: StoredFile
  readonly params: ListParams
  readonly neighbours: { readonly previous: StoredFile | undefined; readonly next: StoredFile | undefined }
  readonly compared: number | null
  readonly onStopComparing: () => void
}

/** The picture, or two versions of it side by side. */
export function Stage({ file, params, neighbours, compared, onStopComparing }: Props) {
  const { t } = useTranslation('files')
  const { versions } = useVersions(file.id)
  const before = versions.find(({ number }) => number === compared)
  const after = versions.find(({ number }) => number === file.currentVersion)
  if (before !== undefined && after !== undefined) {
    return (
      <div>
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h4">
            {t('compare.title')}
          </Title>
          <Button variant="default" size="xs" onClick={onStopComparing}>
            {t('compare.close')}
          </Button>
        </Group>
        <Suspense fallback={<Loading />}>
          <CompareSlider file={file} before={before} after={after} />
        </Suspense>
      </div>
    )
  }
  return (
    <Viewer key={file.id} file={file}>
      <StepLink to={neighbours.previous} params={params} way="previous" />
      <StepLink to={neighbours.next} params={params} way="next" />
    </Viewer>
  )
}

interface StepProps {
  readonly to: StoredFile | undefined
  readonly params: ListParams
  readonly way: 'previous' | 'next'
}

function StepLink({ to, params, way }: StepProps) {
  const { t } = useTranslation('files')
  const Icon = way === 'previous' ? IconChevronLeft : IconChevronRight
  return (
    to !== undefined && (
      <ActionIcon
        component={Link}
        to={fileLink(to.id, params)}
        replace
        size={44}
        radius="xl"
        variant="default"
        aria-label={t(`file.${way}`)}
        className={`${classes.step} ${classes[way]}`}
      >
        <Icon size={24} aria-hidden />
      </ActionIcon>
    )
  )
}
