import '@mantine/charts/styles.layer.css'

import { BarChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'

import type { Stats } from '../../../../lib/api/types'
import { formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { ChartCard } from './ChartCard'
import { type Range, pointLabel } from './pointLabel'

const kinds = ['done', 'open', 'rejected', 'failed', 'canceled'] as const

interface Props {
  readonly points: Stats['trends']['hours']
  readonly range: Range
}

/** How many uploads began when, by what has become of them. */
export function UploadsCard({ points, range }: Props) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const data = points.map((point) => ({ ...point, time: pointLabel(point.at, range, language) }))
  const series = kinds.map((name) => ({ name, label: t(`dashboard.state.${name}`), color: `var(--chart-${name})` }))
  return (
    <ChartCard
      title={t('dashboard.uploads.title')}
      table={{
        head: [t('dashboard.uploads.time'), ...series.map(({ label }) => label)],
        rows: data.map((point) => [point.time, ...kinds.map((kind) => formatNumber(point[kind], language))]),
      }}
    >
      <BarChart
        h={260}
        data={data}
        dataKey="time"
        type="stacked"
        series={series}
        withLegend
        legendProps={{ position: 'bottom' }}
        valueFormatter={(value) => formatNumber(value, language)}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        xAxisProps={{ minTickGap: 16 }}
        barProps={{ isAnimationActive: false, stroke: 'var(--mantine-color-body)', strokeWidth: 1 }}
        barChartProps={{ accessibilityLayer: false }}
        tooltipAnimationDuration={0}
      />
    </ChartCard>
  )
}
