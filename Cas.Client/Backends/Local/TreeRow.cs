using Microsoft.Data.Sqlite;

namespace Cas.Client.Backends.Local;

/// <summary>One row of the tree, in the order of <see cref="TreeSchema.Columns"/>.</summary>
internal static class TreeRow
{
    /// <summary>Reads a row; throws Corrupt as <see cref="CasException"/> if it cannot be an entry.</summary>
    public static TreeItem Read(SqliteDataReader row)
    {
        var path = row.GetFieldValue<byte[]>(0);
        var hash = row.GetFieldValue<byte[]>(3);
        var kind = row.GetInt64(2);
        if (hash.Length != MerkleHash.Bytes || kind is < (long)TreeEntryKind.File or > (long)TreeEntryKind.Fifo)
        {
            throw new CasException(CasError.Corrupt, $"the tree's row of {Convert.ToHexString(path)} is damaged");
        }

        var entry = new TreeEntry
        {
            Kind = (TreeEntryKind)kind,
            Content = new ContentId(MerkleHash.Read(hash), unchecked((ulong)row.GetInt64(4))),
            Mode = Number(row, 5),
            Uid = Number(row, 6),
            Gid = Number(row, 7),
            Atime = row.GetInt64(8),
            Mtime = row.GetInt64(9),
            Ctime = row.GetInt64(10),
            DeviceMajor = Number(row, 11),
            DeviceMinor = Number(row, 12),
            Target = row.GetFieldValue<byte[]>(13),
            LinkId = unchecked((ulong)row.GetInt64(14)),
        };
        return new TreeItem(path, entry, new TreeVersion(unchecked((ulong)row.GetInt64(1))));
    }

    /// <summary>The values of an entry after path and version, in the order of the columns.</summary>
    public static void Bind(SqliteParameterCollection parameters, int first, TreeEntry entry)
    {
        ReadOnlySpan<object> values =
        [
            (long)entry.Kind, entry.Content.Hash.ToBytes(), unchecked((long)entry.Content.Size), (long)entry.Mode,
            (long)entry.Uid, (long)entry.Gid, entry.Atime, entry.Mtime, entry.Ctime, (long)entry.DeviceMajor,
            (long)entry.DeviceMinor, entry.Target.ToArray(), unchecked((long)entry.LinkId),
        ];
        for (var i = 0; i < values.Length; i++)
        {
            parameters[first + i].Value = values[i];
        }
    }

    private static uint Number(SqliteDataReader row, int column) =>
        row.GetInt64(column) is >= 0 and <= uint.MaxValue and var value
            ? (uint)value
            : throw new CasException(CasError.Corrupt, "the tree has a number out of its range");
}
