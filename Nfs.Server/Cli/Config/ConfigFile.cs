namespace Nfs.Server.Cli.Config;

/// <summary>Configuration files on the disk. Nothing that they name is opened.</summary>
internal static class ConfigFile
{
    private const int BytesMax = 1 << 20;

    /// <summary>
    /// The configuration of a gateway that starts. Throws <see cref="UsageException"/> with the first error.
    /// </summary>
    public static GatewayConfig Load(string path)
    {
        if (Read(path, out var errors) is { } config)
        {
            return config;
        }

        var more = errors.Count == 1 ? "" : $" nfsgw config check shows {errors.Count - 1} more.";
        throw new UsageException($"{path}:{errors[0].Line}: {errors[0].Sentence}{more}");
    }

    /// <summary>
    /// The configuration, or null and what is wrong with it. Throws <see cref="UsageException"/> if there is no such
    /// file.
    /// </summary>
    public static GatewayConfig? Read(string path, out IReadOnlyList<ConfigError> errors)
    {
        var syntax = new List<ConfigError>();
        var document = JsonReader.Read(BytesOf(path), syntax);
        errors = syntax;
        if (syntax.Count > 0 || ConfigReader.Read(document, out errors) is not { } config)
        {
            return null;
        }

        if (config.Exports.Any(export => export.Rules.Secret is not null) && IsOpenToOthers(path))
        {
            errors = [new ConfigError(1, "Everybody can read this file and its secret; do chmod o-r to it.")];
            return null;
        }

        return config;
    }

    private static ReadOnlySpan<byte> BytesOf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[BytesMax + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count <= BytesMax
                ? bytes.AsSpan(0, count)
                : throw new UsageException($"The configuration file {path} is longer than 1 MiB.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The configuration file {path} cannot be read: {e.Message.TrimEnd('.')}.");
        }
    }

    private static bool IsOpenToOthers(string path) => (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0;
}
