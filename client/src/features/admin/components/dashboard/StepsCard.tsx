import '@mantine/charts/styles.layer.css'

import { BarChart } from '@mantine/charts'
import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Stats } from '../../../../lib/api/types'
import { formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { ChartCard, PanelCard } from './ChartCard'
import { formatSeconds } from './pointLabel'

/** How long the steps took lately. */
export function StepsCard({ steps }: { readonly steps: Stats['trends']['steps'] }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  if (steps.every(({ count }) => count === 0)) {
    return (
      <PanelCard title={t('dashboard.steps.title')}>
        <Text c="dimmed" size="sm">
          {t('dashboard.steps.none')}
        </Text>
      </PanelCard>
    )
  }
  const data = steps.map((step) => ({ ...step, label: t(`step.${step.name}`) }))
  return (
    <ChartCard
      title={t('dashboard.steps.title')}
      hint={t('dashboard.steps.hint')}
      table={{
        head: [
          t('dashboard.steps.step'),
          t('dashboard.steps.p50'),
          t('dashboard.steps.p95'),
          t('dashboard.steps.count'),
          t('dashboard.steps.retries'),
        ],
        rows: data.map(({ label, p50Seconds, p95Seconds, count, retries }) => [
          label,
          formatSeconds(p50Seconds, language),
          formatSeconds(p95Seconds, language),
          formatNumber(count, language),
          formatNumber(retries, language),
        ]),
      }}
    >
      <BarChart
        h={280}
        data={data}
        dataKey="label"
        orientation="vertical"
        gridAxis="x"
        series={[
          { name: 'p50Seconds', label: t('dashboard.steps.p50'), color: 'var(--chart-done)' },
          { name: 'p95Seconds', label: t('dashboard.steps.p95'), color: 'var(--chart-rejected)' },
        ]}
        withLegend
        legendProps={{ position: 'bottom' }}
        valueFormatter={(value) => formatSeconds(value, language)}
        yAxisProps={{ width: 128 }}
        xAxisProps={{ minTickGap: 24 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
        tooltipAnimationDuration={0}
      />
    </ChartCard>
  )
}
