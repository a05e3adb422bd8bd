import { Code, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { RelativeTime } from '../../../../components/Time'
import type { Finding } from '../../../../lib/api/types'
import { type Column, DataTable } from '../DataTable'
import { StateBadge, type Tone } from '../StateBadge'

const tones: Readonly<Record<Finding['state'], Tone>> = { open: 'warns', repaired: 'good', gone: 'off' }

export function FindingsTable({ findings }: { readonly findings: readonly Finding[] }) {
  const { t } = useTranslation('admin')
  const columns: readonly Column<Finding>[] = [
    {
      key: 'kind',
      header: t('integrity.kind'),
      title: true,
      cell: ({ kind, detail }) => (
        <Stack gap={0}>
          <Text size="sm" fw={600}>
            {t(`integrity.kinds.${kind}`)}
          </Text>
          {detail !== '' && (
            <Text size="xs" c="dimmed">
              {detail}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: 'object',
      header: t('integrity.object'),
      cell: ({ bucket, key }) => (
        <Code style={{ overflowWrap: 'anywhere' }}>
          {bucket}/{key}
        </Code>
      ),
    },
    { key: 'repair', header: t('integrity.mends'), cell: ({ repair }) => t(`integrity.repairs.${repair}`) },
    {
      key: 'state',
      header: t('common.state'),
      cell: ({ state }) => <StateBadge tone={tones[state]}>{t(`integrity.states.${state}`)}</StateBadge>,
    },
    { key: 'when', header: t('common.when'), cell: ({ foundAt }) => <RelativeTime value={foundAt} /> },
  ]
  return <DataTable label={t('integrity.title')} columns={columns} rows={findings} />
}
