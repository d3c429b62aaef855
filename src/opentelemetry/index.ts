/** `kafka.do/opentelemetry`: traces and metrics of a client, for OpenTelemetry. */

export { openTelemetry, type OpenTelemetryOptions } from './open-telemetry.ts'
