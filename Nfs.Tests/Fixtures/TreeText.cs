using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>A file system as lines of text, to compare: paths, attributes, contents, and which names are one file.</summary>
internal static class TreeText
{
    public static async Task<string> OfAsync(IFileSystem files)
    {
        var text = new StringBuilder();
        var numbers = new Dictionary<InodeId, int>();
        var pending = new Stack<(InodeId Directory, string Path)>();
        text.AppendLine(Describe("", files.GetAttributes(InodeId.Root).Value));
        pending.Push((InodeId.Root, ""));
        while (pending.TryPop(out var at))
        {
            foreach (var entry in List(files, at.Directory).OrderBy(e => Latin(e.Name), StringComparer.Ordinal))
            {
                var path = $"{at.Path}/{Latin(entry.Name)}";
                var attributes = entry.Attributes!.Value;
                text.Append(Describe(path, attributes)).Append(await ContentAsync(files, attributes));
                if (attributes.Type == InodeType.Directory)
                {
                    pending.Push((entry.Id, path));
                }
                else if (attributes.LinkCount > 1)
                {
                    text.Append(" file ").Append(
                        numbers.TryGetValue(entry.Id, out var number) ? number : numbers[entry.Id] = numbers.Count);
                }

                text.AppendLine();
            }
        }

        return text.ToString();
    }

    /// <summary>All names but "." and "..", page by page.</summary>
    public static List<DirectoryEntry> List(IFileSystem files, InodeId directory, int pageSize = 100)
    {
        var all = new List<DirectoryEntry>();
        ulong cookie = 0;
        while (true)
        {
            var page = new List<DirectoryEntry>();
            var listed = files.ReadDirectory(Caller.Root, directory, cookie, pageSize, true, page);
            Assert.That(listed.Error, Is.EqualTo(VfsError.None));
            all.AddRange(page);
            if (listed.Eof)
            {
                return all.Skip(2).ToList();
            }

            cookie = page[^1].Cookie;
        }
    }

    private static string Latin(ReadOnlyMemory<byte> name) => Encoding.Latin1.GetString(name.Span);

    private static string Describe(string path, in Attributes a) =>
        $"{path} {a.Type} {Convert.ToString(a.Mode, 8)} {a.Uid}:{a.Gid} x{a.LinkCount} {a.Size} "
        + $"{a.DeviceMajor}:{a.DeviceMinor} {a.Atime.Nanoseconds} {a.Mtime.Nanoseconds}";

    private static async Task<string> ContentAsync(IFileSystem files, Attributes attributes)
    {
        if (attributes.Type == InodeType.SymbolicLink)
        {
            return " -> " + Latin(files.ReadLink(attributes.Id).Target);
        }

        if (attributes.Type != InodeType.Regular)
        {
            return "";
        }

        var read = await files.ReadAsync(Caller.Root, attributes.Id, 0, (int)attributes.Size + 1, default);
        Assert.That((read.Error, read.Count), Is.EqualTo((VfsError.None, (int)attributes.Size)));
        using (read.Data)
        {
            return read.Data is null ? "" : " " + Convert.ToHexString(SHA256.HashData(read.Data.Memory.Span[..read.Count]))[..16];
        }
    }
}
