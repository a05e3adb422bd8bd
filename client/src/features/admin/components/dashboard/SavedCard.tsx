import { Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { Stats } from '../../../../lib/api/types'
import { formatBytes, formatPercent } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'
import { PanelCard } from './ChartCard'
import classes from './colors.module.css'

/** What is stored beside what would be, had nothing been compressed or shared. */
export function SavedCard({ stats }: { readonly stats: Stats }) {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const parts = [
    { label: t('dashboard.saved.stored'), bytes: stats.storedBytes, color: 'done' },
    { label: t('dashboard.saved.compression'), bytes: stats.savedBytes.compression, color: 'compression' },
    { label: t('dashboard.saved.dedup'), bytes: stats.savedBytes.dedup, color: 'dedup' },
  ]
  const all = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <PanelCard
      title={t('dashboard.saved.title')}
      hint={all > 0 && t('dashboard.saved.summary', { percent: formatPercent(1 - stats.storedBytes / all, language) })}
    >
      {all === 0 ? (
        <Text c="dimmed" size="sm">
          {t('dashboard.saved.none')}
        </Text>
      ) : (
        <Stack gap="sm">
          <div className={classes.saved} aria-hidden>
            {parts.map(({ label, bytes, color }) => (
              <div key={label} style={{ width: `${(100 * bytes) / all}%`, background: `var(--chart-${color})` }} />
            ))}
          </div>
          <Stack gap={6} component="dl" m={0}>
            {parts.map(({ label, bytes, color }) => (
              <Group key={label} justify="space-between" wrap="nowrap">
                <Text component="dt" size="sm">
                  <span className={classes.swatch} style={{ background: `var(--chart-${color})` }} aria-hidden />
                  {label}
                </Text>
                <Text component="dd" size="sm" fw={600} m={0} style={{ whiteSpace: 'nowrap' }}>
                  {formatBytes(bytes, language)}{' '}
                  <Text span c="dimmed" size="xs" fw={400}>
                    {formatPercent(bytes / all, language)}
                  </Text>
                </Text>
              </Group>
            ))}
          </Stack>
        </Stack>
      )}
    </PanelCard>
  )
}
