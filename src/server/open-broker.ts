/** Opens a broker, so that nothing is left behind where that fails. */

import { Broker, type BrokerSetup } from '../broker/broker.ts'

/**
 * Opens what `setup.storage` holds. The storage is the broker's then, which closes it; where there
 * is none, because the log is damaged or an option is bad, it is closed here: a folder that stayed
 * locked would hide at the next try why the first one failed.
 *
 * @throws what `Broker.open` throws
 */
export function openBroker(setup: BrokerSetup): Broker {
  try {
    return Broker.open(setup)
  } catch (error) {
    setup.storage.close()
    throw error
  }
}
