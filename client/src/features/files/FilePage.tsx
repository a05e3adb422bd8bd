import { useParams } from 'react-router'

import { Loading } from '../../components/Loading'
import { PageHeader } from '../../components/PageHeader'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFile } from './api/getFile'

export function FilePage() {
  const { id = '' } = useParams()
  const { data: file, error, refetch } = useFile(id)
  if (file === undefined) {
    return error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  return <PageHeader title={file.name} />
}
