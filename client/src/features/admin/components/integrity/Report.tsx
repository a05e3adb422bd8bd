import { Alert, Button, Card, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconLoader } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { RelativeTime } from '../../../../components/Time'
import type { Integrity } from '../../../../lib/api/types'
import { formatBytes, formatDateTime, formatDuration, formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { findingKinds } from '../../api/integrity'

interface Props {
  readonly report: Integrity
  /** Of all kinds together. */
  readonly found: number
  readonly onKind: (kind: (typeof findingKinds)[number]) => void
}

/** The newest report in short: its verdict, its facts, and how much of each kind was found. */
export function Report({ report, found, onKind }: Props) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const kinds = findingKinds.filter((kind) => (report.counts[kind] ?? 0) > 0)
  return (
    <Stack mb="lg">
      <div aria-live="polite">
        <Verdict report={report} found={found} />
      </div>
      {kinds.length > 0 && (
        <Group gap="xs">
          {kinds.map((kind) => (
            <Button key={kind} size="compact-md" variant="default" onClick={() => onKind(kind)}>
              {t(`integrity.kinds.${kind}`)}: {formatNumber(report.counts[kind] ?? 0, language)}
            </Button>
          ))}
        </Group>
      )}
      <Facts report={report} />
    </Stack>
  )
}

function Verdict({ report, found }: Omit<Props, 'onKind'>) {
  const { t } = useTranslation('admin')
  if (report.state === 'running') {
    return (
      <Alert color="blue" variant="light" icon={<IconLoader aria-hidden />} title={t('integrity.running')}>
        {t('integrity.runningHint')}
        <Progress value={100} animated striped mt="sm" aria-label={t('integrity.running')} />
      </Alert>
    )
  }
  if (report.state === 'failed') {
    return (
      <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t('integrity.failed')}>
        {t('integrity.failedHint')}
      </Alert>
    )
  }
  if (found === 0) {
    return (
      <Alert color="teal" variant="light" icon={<IconCircleCheck aria-hidden />} title={t('integrity.clean')}>
        {t('integrity.cleanHint')}
      </Alert>
    )
  }
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t('integrity.found', { count: found })}
    >
      {report.repair ? t('integrity.repairedHint', { repaired: report.repaired }) : t('integrity.foundHint')}
    </Alert>
  )
}

function Facts({ report }: { readonly report: Integrity }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const { startedAt, finishedAt, startedBy, repair, objects, rows, hashedBytes, repaired, state } = report
  const over = state !== 'running'
  const took = finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
  return (
    <Card withBorder>
      <SimpleGrid component="dl" cols={{ base: 2, sm: 4 }} m={0}>
        <Fact name={t('integrity.begun')} title={formatDateTime(startedAt, language)}>
          <RelativeTime value={startedAt} />
        </Fact>
        <Fact name={t('integrity.took')}>{took === null ? '–' : formatDuration(took, language)}</Fact>
        <Fact name={t('integrity.by')}>{startedBy === null ? t('integrity.nightly') : t('integrity.person')}</Fact>
        <Fact name={t('integrity.mode')}>{repair ? t('integrity.modeRepair') : t('integrity.modeCheck')}</Fact>
        <Fact name={t('integrity.objects')}>{over ? formatNumber(objects, language) : '…'}</Fact>
        <Fact name={t('integrity.rows')}>{over ? formatNumber(rows, language) : '…'}</Fact>
        <Fact name={t('integrity.hashed')}>{over ? formatBytes(hashedBytes, language) : '…'}</Fact>
        <Fact name={t('integrity.repaired')}>{formatNumber(repaired, language)}</Fact>
      </SimpleGrid>
    </Card>
  )
}

interface FactProps {
  readonly name: string
  readonly title?: string
  readonly children: ReactNode
}

function Fact({ name, title, children }: FactProps) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} fw={600} size="sm" title={title}>
        {children}
      </Text>
    </div>
  )
}
