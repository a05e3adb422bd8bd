/** What a tab tells the others of this browser, which have the same cookies. */
export type TabNews = { readonly type: 'signed-in'; readonly userId: string } | { readonly type: 'signed-out' }

const channelName = 'safelight-session'

/** Tells the other tabs. */
export function tellTabs(news: TabNews): void {
  const channel = new BroadcastChannel(channelName)
  channel.postMessage(news)
  channel.close()
}

/** Calls listener with what other tabs tell. Returns how to stop. */
export function onTabNews(listener: (news: TabNews) => void): () => void {
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = ({ data }: MessageEvent<TabNews>) => listener(data)
  return () => channel.close()
}
