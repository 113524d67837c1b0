import type { Host } from '../../host/host.js'
import { Budget } from '../../http/budget.js'
import type { Client } from '../../registry/client.js'
import type { Outlets } from '../shared/destinations.js'
import { registryClient } from '../shared/registry-client.js'

/** A client to push with, and the time that it has for that once it begins. */
export interface Pusher {
  readonly client: Client
  readonly budget: Budget
}

/** @param ms how long pushing may take */
export function pusherFor({ access, registries }: Outlets, ms: number, host: Host): Pusher {
  const hint = 'Raise `push-timeout`, or run it again: what has arrived is not sent again.'
  const budget = new Budget(ms, { what: 'the push', hint })
  return { budget, client: registryClient(access, registries, host, { budget }) }
}
