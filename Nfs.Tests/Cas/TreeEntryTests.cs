using Cas.Client;
using NUnit.Framework;

namespace Nfs.Tests.Cas;

// If these fail, unchanged entries are sent to the store again and again, or changed ones never.
[TestFixture]
internal sealed class TreeEntryTests
{
    private static readonly TreeEntry s_entry = new()
    {
        Kind = TreeEntryKind.SymbolicLink,
        Target = new byte[] { 1, 2 },
        Mode = 1,
        Mtime = 2,
    };

    [Test]
    public void Equals_SameAttributesElsewhereInMemory_IsEqual()
    {
        var copy = s_entry with { Target = s_entry.Target.ToArray() };

        Assert.That(copy, Is.EqualTo(s_entry));
        Assert.That(copy.GetHashCode(), Is.EqualTo(s_entry.GetHashCode()));
    }

    [Test]
    public void Equals_AnyAttributeDiffers_IsNotEqual()
    {
        TreeEntry[] others =
        [
            s_entry with { Kind = TreeEntryKind.Fifo }, s_entry with { Content = new ContentId(default, 1) },
            s_entry with { Mode = 9 }, s_entry with { Uid = 9 }, s_entry with { Gid = 9 }, s_entry with { Atime = 9 },
            s_entry with { Mtime = 9 }, s_entry with { Ctime = 9 }, s_entry with { DeviceMajor = 9 },
            s_entry with { DeviceMinor = 9 }, s_entry with { LinkId = 9 },
            s_entry with { Target = new byte[] { 1, 3 } },
        ];

        Assert.That(others, Has.None.EqualTo(s_entry));
        Assert.That(others, Has.Length.EqualTo(typeof(TreeEntry).GetProperties().Length));
    }
}
