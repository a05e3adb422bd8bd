import { useLayoutEffect } from 'react'
import { useParams } from 'react-router'

import { Loading } from '../../components/Loading'
import { ProblemAlert } from '../../components/ProblemAlert'
import { useFile } from './api/getFile'
import { FileDetails } from './components/FileDetails'
import { useListParams } from './listParams'

export function FilePage() {
  const { id = '' } = useParams()
  const [params] = useListParams()
  const { data: file, error, refetch } = useFile(id)
  useLayoutEffect(() => {
    // A list may have been scrolled far down.
    window.scrollTo(0, 0)
  }, [])
  if (file === undefined) {
    return error === null ? <Loading /> : <ProblemAlert error={error} onRetry={() => void refetch()} />
  }
  return <FileDetails file={file} params={params} />
}
