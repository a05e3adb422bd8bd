import { ActionIcon, Card, Group, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core'
import { IconChartBar, IconTable } from '@tabler/icons-react'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import classes from './colors.module.css'

/** What a chart shows, in rows: the first column names them. */
export interface ChartTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
}

interface CardProps {
  readonly title: string
  readonly hint?: ReactNode
  readonly side?: ReactNode
  readonly children: ReactNode
}

export function PanelCard({ title, hint, side, children }: CardProps) {
  const id = useId()
  return (
    <Card withBorder component="section" aria-labelledby={id} className={classes.colors} padding="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <Stack gap={0}>
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {hint !== undefined && (
            <Text size="xs" c="dimmed" component="div">
              {hint}
            </Text>
          )}
        </Stack>
        {side}
      </Group>
      {children}
    </Card>
  )
}

interface Props extends CardProps {
  readonly table: ChartTable
}

/** A chart with its numbers: for screen readers always, for everybody at a click. */
export function ChartCard({ title, hint, table, children }: Props) {
  const { t } = useTranslation('admin')
  const [asTable, setAsTable] = useState(false)
  const toggle = (
    <ActionIcon
      variant="subtle"
      color="gray"
      c="inherit"
      onClick={() => setAsTable(!asTable)}
      aria-pressed={asTable}
      aria-label={t('dashboard.asTable', { name: title })}
      title={asTable ? t('dashboard.chart') : t('dashboard.table')}
    >
      {asTable ? <IconChartBar size={18} aria-hidden /> : <IconTable size={18} aria-hidden />}
    </ActionIcon>
  )
  return (
    <PanelCard title={title} hint={hint} side={toggle}>
      {asTable ? (
        // The focus can be in here: what is too wide or too high scrolls by the arrow keys.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={classes.scroll} style={{ maxHeight: 320 }} role="group" aria-label={title} tabIndex={0}>
          <Numbers title={title} {...table} />
        </div>
      ) : (
        <>
          <div aria-hidden>{children}</div>
          <VisuallyHidden>
            <Numbers title={title} {...table} />
          </VisuallyHidden>
        </>
      )}
    </PanelCard>
  )
}

function Numbers({ title, head, rows }: ChartTable & { readonly title: string }) {
  return (
    <Table aria-label={title} fz="sm">
      <Table.Thead>
        <Table.Tr>
          {head.map((text, i) => (
            <Table.Th key={text} ta={i === 0 ? 'start' : 'end'}>
              {text}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, ...values]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400}>
              {name}
            </Table.Th>
            {values.map((value, i) => (
              <Table.Td key={head[i + 1]} ta="end">
                {value}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
