import type { Store } from '../../io/store/store.js'

/** A store that discards writes, for a machine that only helps another one with a task. */
export function discardingStore(store: Store): Store {
  return {
    uri: store.uri,
    stat: (key) => store.stat(key),
    read: (key, options) => store.read(key, options),
    stream: (key, options) => store.stream(key, options),
    list: (prefix) => store.list(prefix),
    create: async () => 'created',
    replace: async () => ({ version: 'discarded' }),
    remove: async () => {},
    sweep: async () => [],
  }
}
