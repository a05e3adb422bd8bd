import { Button } from '@mantine/core'
import { IconShieldCheck, IconTool } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { EmptyState } from '../../components/EmptyState'
import { Loading } from '../../components/Loading'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useNotify } from '../../lib/notify'
import { findingKinds, findingStates, integrityQuery } from './api/integrity'
import { useStartIntegrity } from './api/startIntegrity'
import { ConfirmDialog } from './components/ConfirmDialog'
import { ChoiceFilter, FilterBar } from './components/FilterBar'
import { InfiniteList } from './components/InfiniteList'
import { FindingsTable } from './components/integrity/FindingsTable'
import { Report } from './components/integrity/Report'
import { useFilters } from './filters'

const spec = { kind: findingKinds, state: findingStates } as const

/** Whether the database and the stored objects agree, and what to do where not. */
export function IntegrityPage() {
  const { t } = useTranslation('admin')
  const { filters, set, clear, any } = useFilters(spec)
  const query = useInfiniteQuery(integrityQuery(filters))
  const report = query.data?.pages[0] ?? null
  const findings = query.data?.pages.flatMap((page) => page?.findings.items ?? []) ?? []
  const found = report === null ? 0 : Object.values(report.counts).reduce((a, b) => a + b, 0)
  return (
    <>
      <PageHeader title={t('integrity.title')} description={t('integrity.description')}>
        <Start running={report?.state === 'running'} />
      </PageHeader>
      {query.isPending && <Loading />}
      {query.error !== null && query.data === undefined && (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && report === null && (
        <EmptyState icon={<IconShieldCheck size={36} />} title={t('integrity.noReport')}>
          {t('integrity.noReportHint')}
        </EmptyState>
      )}
      {report !== null && <Report report={report} found={found} onKind={(kind) => set({ kind })} />}
      {found > 0 && (
        <>
          <FilterBar onClear={any ? clear : undefined}>
            <ChoiceFilter
              label={t('integrity.kind')}
              value={filters.kind}
              onChange={(kind) => set({ kind })}
              choices={findingKinds.map((kind) => ({ value: kind, label: t(`integrity.kinds.${kind}`) }))}
            />
            <ChoiceFilter
              label={t('common.state')}
              value={filters.state}
              onChange={(state) => set({ state })}
              choices={findingStates.map((state) => ({ value: state, label: t(`integrity.states.${state}`) }))}
            />
          </FilterBar>
          <InfiniteList query={query} count={findings.length} onClear={any ? clear : undefined} empty={null}>
            <FindingsTable findings={findings} />
          </InfiniteList>
        </>
      )}
    </>
  )
}

/** Starts a check; one with repairs asks first, for it deletes. */
function Start({ running }: { readonly running: boolean }) {
  const { t } = useTranslation('admin')
  const notify = useNotify()
  const start = useStartIntegrity()
  const [asking, setAsking] = useState(false)
  const begin = (repair: boolean) => {
    start.mutate(repair, {
      onSuccess: () => {
        setAsking(false)
        notify.done(t('integrity.started'))
      },
      onError: (error) => {
        if (!repair) {
          notify.failed(error)
        }
      },
    })
  }
  const open = () => {
    start.reset()
    setAsking(true)
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconShieldCheck size={18} aria-hidden />}
        loading={start.isPending && !start.variables}
        disabled={running}
        onClick={() => begin(false)}
      >
        {t('integrity.check')}
      </Button>
      <Button leftSection={<IconTool size={18} aria-hidden />} disabled={running} onClick={open}>
        {t('integrity.repair')}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t('integrity.repairTitle')}
          confirm={t('integrity.repair')}
          pending={start.isPending}
          error={start.error}
          onConfirm={() => begin(true)}
          onClose={() => setAsking(false)}
        >
          {t('integrity.repairText')}
        </ConfirmDialog>
      )}
    </>
  )
}
