/** The page at `/`: what this server holds, in plain HTML without scripts. */

export interface Status {
  readonly version: string
  readonly uptimeMs: number
  readonly address: string
  readonly connectionCount: number
  readonly dataFolder: string
  readonly topics: readonly TopicStatus[]
}

export interface TopicStatus {
  readonly name: string
  readonly partitionCount: number
  /** Records between the start and the end of all partitions. */
  readonly recordCount: number
  readonly sizeBytes: number
}

const shownTopicsMax = 500

export function statusPage(status: Status): string {
  const rows = status.topics
    .slice(0, shownTopicsMax)
    .map(
      (topic) =>
        `<tr><td>${escape(topic.name)}<td>${topic.partitionCount}` +
        `<td>${topic.recordCount.toLocaleString('en')}<td>${bytesText(topic.sizeBytes)}`,
    )
  const hidden = status.topics.length - rows.length
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>kafka.do</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem;
    margin: 3rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #8883 }
  th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere }
  code { background: #8882; padding: .1rem .3rem; border-radius: .2rem }
  :root { color-scheme: light dark }
</style>
<h1>kafka.do ${escape(status.version)}</h1>
<p>Up for ${durationText(status.uptimeMs)}, ${status.connectionCount} connections,
data in <code>${escape(status.dataFolder)}</code>.
Kafka clients connect to <code>${escape(status.address)}</code>.
<table>
<tr><th>Topic<th>Partitions<th>Records<th>Size
${rows.join('\n')}
</table>
${status.topics.length === 0 ? '<p>No topics yet.' : ''}
${hidden > 0 ? `<p>And ${hidden} more.` : ''}
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length)
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]!}`
}

function durationText(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}
