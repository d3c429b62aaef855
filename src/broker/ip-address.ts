/**
 * Addresses of IPv6 can be written in many ways, and Apache Kafka writes all their zeros: what ACLs
 * and quotas say of one is held against connections, which have it in the shortest way.
 */

const ipv6 = /^[\da-f]*:[\da-f:.]+$/i

/** Returns an address of IPv6 as connections have it, and any other text as it is. */
export function asConnected(address: string): string {
  const url = `http://[${address}]`
  return ipv6.test(address) && URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address
}
