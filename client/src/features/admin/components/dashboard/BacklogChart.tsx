import '@mantine/charts/styles.layer.css'

import { AreaChart } from '@mantine/charts'
import { useTranslation } from 'react-i18next'

import { formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import type { BacklogSample } from '../../api/stats'

export function BacklogChart({ samples }: { readonly samples: readonly BacklogSample[] }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  return (
    <AreaChart
      h={110}
      data={samples.map(({ at, waiting }) => ({ time: time.format(new Date(at)), waiting }))}
      dataKey="time"
      series={[{ name: 'waiting', label: t('dashboard.backlog.waiting'), color: 'var(--chart-done)' }]}
      curveType="stepAfter"
      withDots={false}
      connectNulls={false}
      valueFormatter={(value) => formatNumber(value, language)}
      yAxisProps={{ allowDecimals: false, width: 36 }}
      xAxisProps={{ minTickGap: 60 }}
      areaProps={{ isAnimationActive: false }}
      areaChartProps={{ accessibilityLayer: false }}
      tooltipAnimationDuration={0}
    />
  )
}
