import { Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Stats } from '../../../../lib/api/types'
import { formatNumber, formatPercent } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { useWords } from '../words'
import { PanelCard } from './ChartCard'
import classes from './colors.module.css'
import type { Range } from './pointLabel'

interface Props {
  readonly trends: Stats['trends']
  readonly range: Range
}

/** What became of the uploads that have ended: a table whose numbers have bars. */
export function OutcomesCard({ trends, range }: Props) {
  const { t } = useTranslation('admin')
  const words = useWords()
  const language = useLanguage()
  const done = range === '24h' ? trends.outcomes24h : trends.outcomes30d
  const rejected = range === '24h' ? trends.rejections24h : trends.rejections30d
  const points = range === '24h' ? trends.hours : trends.days
  const ended = (kind: 'failed' | 'canceled') => points.reduce((sum, point) => sum + point[kind], 0)
  const rows = [
    ...Object.entries(done).map(([code, count]) => ({ label: words.outcome(code), count, color: 'done' })),
    ...Object.entries(rejected).map(([code, count]) => ({
      label: t('dashboard.outcomes.rejected', { reason: words.reason(code) }),
      count,
      color: 'rejected',
    })),
    { label: t('dashboard.state.failed'), count: ended('failed'), color: 'failed' },
    { label: t('dashboard.state.canceled'), count: ended('canceled'), color: 'canceled' },
  ]
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
  const all = rows.reduce((sum, { count }) => sum + count, 0)
  const most = rows[0]?.count ?? 1
  return (
    <PanelCard title={t('dashboard.outcomes.title')}>
      {rows.length === 0 ? (
        <Text c="dimmed" size="sm">
          {t('dashboard.outcomes.none')}
        </Text>
      ) : (
        <Table
          aria-label={t('dashboard.outcomes.title')}
          withRowBorders={false}
          verticalSpacing={6}
          horizontalSpacing={0}
        >
          <Table.Tbody>
            {rows.map(({ label, count, color }) => (
              <Table.Tr key={label}>
                <Table.Th scope="row" fw={400} pr="sm" w="42%">
                  {label}
                </Table.Th>
                <Table.Td aria-hidden w="38%">
                  <div className={classes.track}>
                    <div
                      className={classes.bar}
                      style={{ width: `${(100 * count) / most}%`, background: `var(--chart-${color})` }}
                    />
                  </div>
                </Table.Td>
                <Table.Td ta="end" pl="sm" style={{ whiteSpace: 'nowrap' }}>
                  <Text span fw={600} size="sm">
                    {formatNumber(count, language)}
                  </Text>{' '}
                  <Text span c="dimmed" size="xs">
                    {formatPercent(count / all, language)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </PanelCard>
  )
}
