using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd.Kills;

/// <summary>A mount as lines of text to compare: paths, attributes, contents, and which names are one file.</summary>
internal static class WireTree
{
    public static async Task<string> OfAsync(NfsMount mount)
    {
        var text = new StringBuilder();
        var numbers = new Dictionary<ulong, int>();
        var pending = new Stack<(byte[] Directory, string Path)>([(mount.Root, "")]);
        while (pending.TryPop(out var at))
        {
            var listed = await mount.ListAsync(at.Directory);
            foreach (var (name, found) in listed.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                var path = $"{at.Path}/{name}";
                text.Append(Describe(path, found.Attributes));
                if (found.Attributes.Type == DirectoryType)
                {
                    pending.Push((found.Handle, path));
                }
                else
                {
                    numbers.TryAdd(found.Attributes.FileId, numbers.Count);
                    var bytes = await mount.ReadAsync(found.Handle, 0, LoadWorker.FileBytesMax + 1);
                    text.Append(CultureInfo.InvariantCulture, $" #{numbers[found.Attributes.FileId]} ")
                        .Append(found.Attributes.Size).Append(' ').Append(Convert.ToHexString(SHA256.HashData(bytes)));
                }

                text.AppendLine();
            }
        }

        return text.ToString();
    }

    private const uint DirectoryType = 2;

    private static string Describe(string path, WireAttributes found) => string.Create(
        CultureInfo.InvariantCulture,
        $"{path} {found.Type} {found.Mode:x} {found.Uid}:{found.Gid} x{found.LinkCount} {found.Mtime:x}");
}
