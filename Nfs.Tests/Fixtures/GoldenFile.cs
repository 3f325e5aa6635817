using System.Text.Json;

namespace Nfs.Tests.Fixtures;

/// <summary>Expected values that another implementation produced: the files below Golden/.</summary>
internal static class GoldenFile
{
    /// <summary>The content of a file, named by its path below Golden/.</summary>
    public static byte[] Bytes(string path)
    {
        using var stream = typeof(GoldenFile).Assembly.GetManifestResourceStream("Golden/" + path)
            ?? throw new FileNotFoundException($"Golden/{path} is not part of the tests");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>A file of JSON.</summary>
    public static JsonElement Json(string path) => JsonDocument.Parse(Bytes(path)).RootElement;
}
