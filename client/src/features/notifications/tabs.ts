const channelName = 'safelight-notifications'

/** Tells the other tabs that a notification, or `all` of them, was read here: the server tells nobody. */
export function tellRead(which: string): void {
  const channel = new BroadcastChannel(channelName)
  channel.postMessage(which)
  channel.close()
}

/** Calls listener with what is read in other tabs. Returns how to stop. */
export function onRead(listener: (which: string) => void): () => void {
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = ({ data }: MessageEvent<string>) => listener(data)
  return () => channel.close()
}
