namespace Nfs.Server.Admin;

/// <summary>What stays the same while a gateway runs.</summary>
internal sealed record GatewayDescription
{
    public required string StateDirectory { get; init; }

    /// <summary>Of several stores, with commas between.</summary>
    public required string StoreUrl { get; init; }

    public required string? Admin { get; init; }

    public required IReadOnlyList<ExportStatus> Exports { get; init; }
}
