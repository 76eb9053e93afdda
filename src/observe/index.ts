/** What Holdfast knows about itself: declarations, counts and latencies, for panels, metrics and alerts. */
export {
  collect,
  type Collector,
  type KeyspaceSnapshot,
  type Latency,
  type ObservableState,
} from './collector.ts'
export { Histogram } from './histogram.ts'
