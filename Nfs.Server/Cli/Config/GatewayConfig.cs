using Nfs.Server.Exports;

namespace Nfs.Server.Cli.Config;

/// <summary>What a gateway exports and from where: said by a configuration file, or by flags.</summary>
internal sealed record GatewayConfig(IReadOnlyList<StoreSettings> Stores, IReadOnlyList<ExportSettings> Exports)
{
    /// <summary>The one export that flags describe: all of a store whose state is the state directory itself.</summary>
    public static GatewayConfig Of(string storeUrl, Export export, bool isOverlay) => new(
        [new StoreSettings(StoreSettings.Default, storeUrl)],
        [new ExportSettings(export, StoreSettings.Default, "", isOverlay, ExportIds.Whole)]);

    /// <summary>Whether the changes of a store's exports are kept here; they all say the same.</summary>
    public bool IsOverlay(string store) => Exports.Any(export => export.Store == store && export.IsOverlay);
}

/// <summary>A store and the name that the configuration has for it.</summary>
internal sealed record StoreSettings(string Name, string Url)
{
    /// <summary>
    /// The store of <c>--store</c>. Its state is the state directory itself; that of any other is in a directory there.
    /// </summary>
    public const string Default = "default";
}

/// <summary>An export and where its files are.</summary>
/// <param name="Rules">The terms. The ids mean nothing yet.</param>
/// <param name="Store">The name of a store.</param>
/// <param name="Subtree">Components in the store's tree joined by '/'; empty for all of it.</param>
/// <param name="IsOverlay">Whether changes are kept here and never sent.</param>
/// <param name="Id">The export's id if it is known without a record.</param>
internal sealed record ExportSettings(Export Rules, string Store, string Subtree, bool IsOverlay, uint? Id = null);
