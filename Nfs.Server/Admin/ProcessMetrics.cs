using System.Globalization;

namespace Nfs.Server.Admin;

/// <summary>Memory, collector, threads and descriptors of this process.</summary>
internal static class ProcessMetrics
{
    private const string OpenFiles = "/proc/self/fd";

    public static void Write(MetricsText text)
    {
        text.Gauge(
            "nfsgw_process_resident_memory_bytes", "Resident memory of the process.", Environment.WorkingSet);
        text.Counter(
            "nfsgw_process_cpu_seconds_total", "Processor time used.", Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Gauge(
            "nfsgw_process_open_fds", "Open file descriptors.",
            Directory.EnumerateFileSystemEntries(OpenFiles).Count());
        text.Gauge("nfsgw_process_threads", "Threads of the pool that exist.", ThreadPool.ThreadCount);
        text.Gauge("nfsgw_process_work_items", "Work items that wait for a thread.", ThreadPool.PendingWorkItemCount);
        WriteCollector(text);
    }

    private static void WriteCollector(MetricsText text)
    {
        text.Gauge("nfsgw_gc_heap_bytes", "Managed memory in use.", GC.GetTotalMemory(forceFullCollection: false));
        text.Gauge(
            "nfsgw_gc_committed_bytes", "Memory committed by the collector, as of its last run.",
            GC.GetGCMemoryInfo().TotalCommittedBytes);
        text.Counter("nfsgw_gc_allocated_bytes_total", "Managed memory allocated.", GC.GetTotalAllocatedBytes());
        text.Counter(
            "nfsgw_gc_pause_seconds_total", "Time for which the collector paused everything.",
            GC.GetTotalPauseDuration().TotalSeconds);
        text.Header("nfsgw_gc_collections_total", "counter", "Collections by generation.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            text.Sample(
                "nfsgw_gc_collections_total", GC.CollectionCount(generation),
                ("generation", generation.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
