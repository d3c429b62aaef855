/** What has to happen in a long simulation: faults that never come about prove nothing. */

const required = [
  'bits flipped',
  'calls failed for want of space',
  'clean stops',
  'clients killed',
  'clients that stood still',
  'configs changed',
  'connections cut',
  'connections dead',
  'copies aborted',
  'deletions of records',
  'disks that broke for good',
  'failed calls',
  'failed syncs',
  'brokers that stopped themselves',
  'files after a power cut: reordered',
  'files after a power cut: torn',
  'files after a power cut: zeros',
  'kills',
  'log: cut off the torn tail of a log',
  'log: set aside the damaged tail of a log, with valid batches that were in it',
  'members that left',
  'offset commits',
  'power cuts',
  'records acknowledged with acks=0',
  'records acknowledged with acks=1',
  'records acknowledged with acks=all',
  'records copied',
  'records failed',
  'records processed',
  'records read by groups',
  'records unsure',
  'segments compacted',
  'stream applications closed',
  'times the disk was full',
  'topics deleted',
  'transactions aborted',
  'transactions committed',
  'transactions unsure',
  'workers that ended',
] as const

/** Returns what `counts` lacks. */
export function missingKinds(counts: ReadonlyMap<string, number>): string[] {
  return required.filter((what) => !counts.has(what))
}
