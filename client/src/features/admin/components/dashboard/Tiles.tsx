import { Anchor, Card, Group, SimpleGrid, Text, ThemeIcon } from '@mantine/core'
import {
  type Icon,
  IconBiohazard,
  IconDatabase,
  IconHandStop,
  IconPhoto,
  IconUpload,
  IconUsers,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Stats } from '../../../../lib/api/types'
import { formatBytes, formatNumber } from '../../../../lib/format'
import { useLanguage } from '../../../../lib/i18n/useLanguage'

interface Tile {
  readonly Icon: Icon
  readonly label: string
  readonly value: string
  readonly hint: string
  readonly to: string
  /** Whether somebody should look at it. */
  readonly alarms?: boolean
}

/** The numbers that matter most, each a way to what it counts. */
export function Tiles({ stats }: { readonly stats: Stats }) {
  const { t } = useTranslation('admin')
  const tiles = useTiles(stats)
  return (
    <SimpleGrid
      component="section"
      aria-label={t('dashboard.tiles.label')}
      cols={{ base: 2, md: 3, xl: 6 }}
      spacing="sm"
    >
      {tiles.map((tile) => (
        <TileCard key={tile.label} {...tile} />
      ))}
    </SimpleGrid>
  )
}

function useTiles({
  users,
  files,
  versions,
  storedBytes,
  savedBytes,
  uploads24h,
  uploads30d,
  quarantine,
}: Stats): Tile[] {
  const { t } = useTranslation('admin')
  const language = useLanguage()
  const count = (value: number) => formatNumber(value, language)
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)
  const stalled = uploads30d.stalled ?? 0
  return [
    {
      Icon: IconUpload,
      label: t('dashboard.tiles.uploads'),
      value: count(sum(uploads24h)),
      hint: t('dashboard.tiles.uploadsHint', { uploads: count(sum(uploads30d)) }),
      to: '/admin/uploads',
    },
    {
      Icon: IconPhoto,
      label: t('dashboard.tiles.files'),
      value: count(files.total),
      hint: t('dashboard.tiles.filesHint', { versions: count(versions), trashed: count(files.trashed) }),
      to: '/admin/files',
    },
    {
      Icon: IconDatabase,
      label: t('dashboard.tiles.stored'),
      value: formatBytes(storedBytes, language),
      hint: t('dashboard.tiles.storedHint', {
        saved: formatBytes(savedBytes.compression + savedBytes.dedup, language),
      }),
      to: '/admin/integrity',
    },
    {
      Icon: IconUsers,
      label: t('dashboard.tiles.users'),
      value: count(users.total),
      hint: t('dashboard.tiles.usersHint', { admins: count(users.admins), suspended: count(users.suspended) }),
      to: '/admin/users',
    },
    {
      Icon: IconHandStop,
      label: t('dashboard.tiles.stalled'),
      value: count(stalled),
      hint: stalled > 0 ? t('dashboard.tiles.stalledSome') : t('dashboard.tiles.stalledNone'),
      to: '/admin/uploads?state=stalled',
      alarms: stalled > 0,
    },
    {
      Icon: IconBiohazard,
      label: t('dashboard.tiles.quarantine'),
      value: count(quarantine),
      hint: quarantine > 0 ? t('dashboard.tiles.quarantineSome') : t('dashboard.tiles.quarantineNone'),
      to: '/admin/quarantine',
      alarms: quarantine > 0,
    },
  ]
}

function TileCard({ Icon, label, value, hint, to, alarms = false }: Tile) {
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Anchor component={Link} to={to} size="sm" c="inherit" fw={600}>
          {label}
        </Anchor>
        <ThemeIcon variant="light" size="md" {...(alarms ? { color: 'orange' } : { color: 'gray' })} aria-hidden>
          <Icon size={16} />
        </ThemeIcon>
      </Group>
      <Text fz={28} fw={700} lh={1.3}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {hint}
      </Text>
    </Card>
  )
}
