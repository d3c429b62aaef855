/**
 * Addresses of IPv6 can be written in many ways, and Apache Kafka writes all their zeros: what ACLs
 * and quotas say of one is held against connections, which have it in the shortest way, and where
 * it stands for an address of IPv4 have that.
 */

const ipv6 = /^[\da-f]*:[\da-f:.]+$/i
const ofIpv4 = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/

/** Returns an address of IPv6 as connections have it, and any other text as it is. */
export function asConnected(address: string): string {
  const url = `http://[${address}]`
  if (!ipv6.test(address) || !URL.canParse(url)) return address
  const { hostname } = new URL(url)
  const [, high, low] = ofIpv4.exec(hostname) ?? []
  if (high === undefined || low === undefined) return hostname.slice(1, -1)
  return new URL(`http://0x${high}${low.padStart(4, '0')}`).hostname
}
