namespace Nfs.Server.Admin;

/// <summary>The families of <c>/metrics</c>. Names are promises to dashboards: added to, never renamed.</summary>
internal static class GatewayMetrics
{
    public static string Write(StatusDocument status, NfsServerStatistics? calls)
    {
        var text = new MetricsText();
        text.Header("nfsgw_build_info", "gauge", "Always 1; the version is in the label.");
        text.Sample("nfsgw_build_info", 1, ("version", status.Version));
        text.Gauge("nfsgw_ready", "1 while clients are served and the store answers.", status.Ready ? 1 : 0);
        text.Gauge("nfsgw_uptime_seconds", "Time since the start.", status.UptimeSeconds);
        WriteCalls(text, status, calls);
        WriteFiles(text, status);
        WriteStore(text, status);
        ProcessMetrics.Write(text);
        return text.ToString();
    }

    private static void WriteCalls(MetricsText text, StatusDocument status, NfsServerStatistics? calls)
    {
        text.Gauge("nfsgw_connections", "Open client connections.", status.Connections);
        text.Counter(
            "nfsgw_connections_refused_total", "Connections turned away because there were too many.",
            calls?.ConnectionsRefused ?? 0);
        text.Gauge(
            "nfsgw_bytes_in_flight", "Receive buffers, and replies that are not sent.", calls?.BytesInFlight ?? 0);
        text.Gauge("nfsgw_calls_in_flight", "Calls received and not yet answered.", status.CallsInFlight);
        text.Gauge(
            "nfsgw_oldest_call_seconds", "Age of the oldest call in flight; 0 if none.", status.OldestCallSeconds ?? 0);
        text.Counter("nfsgw_received_bytes_total", "Bytes received from clients.", status.ReceivedBytes);
        text.Counter("nfsgw_sent_bytes_total", "Bytes sent to clients.", status.SentBytes);
        text.Counter(
            "nfsgw_rpc_errors_total", "Calls refused before a program saw them, or failed inside the gateway.",
            calls?.RpcErrors ?? 0);
        text.Counter(
            "nfsgw_duplicate_hits_total", "Retransmissions answered with the reply of the first call.",
            calls?.DuplicateHits ?? 0);
        WriteFamily(text, "nfsgw_calls_total", "NFS calls by procedure.", "procedure", calls?.Calls);
        WriteFamily(text, "nfsgw_errors_total", "NFS results other than NFS3_OK.", "status", calls?.Errors);
    }

    private static void WriteFamily(
        MetricsText text, string name, string help, string label, IReadOnlyList<KeyValuePair<string, long>>? values)
    {
        text.Header(name, "counter", help);
        foreach (var (key, count) in values ?? [])
        {
            text.Sample(name, count, (label, key));
        }
    }

    private static void WriteFiles(MetricsText text, StatusDocument status)
    {
        text.Gauge("nfsgw_dirty_bytes", "Bytes that are here and not yet in the store.", status.DirtyBytes);
        text.Gauge("nfsgw_dirty_files", "Files with such bytes.", status.DirtyFiles);
        text.Gauge(
            "nfsgw_oldest_dirty_seconds", "Age of the oldest such byte; 0 if none.", status.OldestDirtySeconds ?? 0);
        text.Gauge("nfsgw_local_bytes", "Bytes that are kept here and never sent.", status.LocalBytes);
        text.Gauge("nfsgw_local_files", "Files with such bytes.", status.LocalFiles);
        text.Gauge(
            "nfsgw_local_changes", "Names and objects that differ from the store because they are kept here.",
            status.LocalChanges);
        text.Gauge("nfsgw_queue_length", "Names and files that wait to be sent to the store's tree.", status.Queue);
        text.Gauge("nfsgw_cache_bytes", "Bytes of file content that are on the local disk.", status.CacheBytes);
        text.Gauge("nfsgw_cache_limit_bytes", "Limit on clean cached bytes.", status.CacheBytesMax);
        text.Gauge("nfsgw_inodes", "Objects in the tree.", status.Inodes);
    }

    private static void WriteStore(MetricsText text, StatusDocument status)
    {
        text.Gauge(
            "nfsgw_store_up", "1 if the last contact with the store succeeded.", status.Store.Reachable ? 1 : 0);
        text.Gauge(
            "nfsgw_store_since_timestamp_seconds", "Since when nfsgw_store_up has its value, in Unix time.",
            status.Store.Since.ToUnixTimeMilliseconds() / 1000.0);
        text.Counter("nfsgw_store_fetched_bytes_total", "Bytes fetched from the store.", status.FetchedBytes);
        text.Counter("nfsgw_store_stored_bytes_total", "Bytes sent to the store.", status.StoredBytes);
        text.Counter(
            "nfsgw_conflicts_total", "Paths that were changed here and by another writer of the store.",
            status.Conflicts);
        text.Counter(
            "nfsgw_remote_changes_total", "Changes of others that were taken over from the store.",
            status.RemoteChanges);
    }
}
