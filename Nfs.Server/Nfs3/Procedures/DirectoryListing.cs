using System.Runtime.InteropServices;
using Nfs.Server.Nfs3.Args;
using Nfs.Server.Nfs3.Translation;
using Nfs.Server.Rpc;
using Nfs.Server.Xdr;
using Vfs.Core;

namespace Nfs.Server.Nfs3.Procedures;

/// <summary>
/// What READDIR and READDIRPLUS share: pages that never exceed the client's limit, measured on the encoded results
/// with their status, and that resume by cookies which stay valid for ever.
/// </summary>
internal static class DirectoryListing
{
    /// <summary>Entries asked for at a time: more are wasted when the page fills up, fewer cost more calls.</summary>
    private const int BatchEntriesMax = 1024;

    /// <summary>Guesses of an encoded entry, to ask for about as many entries as fit.</summary>
    private const int EntryBytesTypical = 40;
    private const int EntryPlusBytesTypical = 176;

    /// <summary>The end of the list and eof.</summary>
    private const int TrailerBytes = 2 * sizeof(uint);

    /// <summary>List link, fileid, cookie; the name comes on top.</summary>
    private const int EntryFixedBytes = sizeof(uint) + (2 * sizeof(ulong));

    private const int AttributesBytes = Nfs3Constants.Fattr3Bytes;
    private const int HandleBytes = (2 * sizeof(uint)) + FileHandleCodec.Bytes;

    // A listing runs on one thread from start to end, so the list can be the thread's.
    [ThreadStatic]
    private static List<DirectoryEntry>? s_entries;

    public static RpcResult Run(Nfs3Call call, in Readdirplus3Args args, bool isPlus)
    {
        var status = call.TryResolve(args.Directory, out var id);
        if (status != NfsStat3.NFS3_OK)
        {
            return call.Fail(status, attributes: null);
        }

        var entries = s_entries ??= [];
        try
        {
            return Run(call, id, args, isPlus, entries);
        }
        finally
        {
            entries.Clear();
        }
    }

    private static RpcResult Run(
        Nfs3Call call, InodeId id, in Readdirplus3Args args, bool isPlus, List<DirectoryEntry> entries)
    {
        var bytesMax = (int)Math.Min(args.Count, Nfs3Constants.DirectoryBytesMax);
        var batch = Read(call, id, args.Cookie, bytesMax, isPlus, entries);
        if (batch.Error != VfsError.None)
        {
            return call.Fail(NfsStat3Map.From(batch.Error), batch.Directory);
        }

        var page = new Page(call.Results(NfsStat3.NFS3_OK), bytesMax, args.NamesCount, isPlus);
        page.WriteHead(batch.Directory);
        var directory = batch.Directory;
        while (page.TryWrite(CollectionsMarshal.AsSpan(entries)) && !batch.Eof && entries.Count > 0)
        {
            var cookie = entries[^1].Cookie;
            entries.Clear();
            batch = Read(call, id, cookie, page.Room, isPlus, entries);
            if (batch.Error != VfsError.None)
            {
                // The directory went away in the middle: what is encoded is still right, and the next call will tell.
                break;
            }
        }

        var isEof = batch is { Error: VfsError.None, Eof: true } && !page.IsFull;
        if (page.IsTooSmall || (page.IsEmpty && !isEof))
        {
            return call.Fail(NfsStat3.NFS3ERR_TOOSMALL, directory);
        }

        page.Complete(isEof);
        return RpcResult.Success;
    }

    private static ReadDirectoryResult Read(
        Nfs3Call call, InodeId id, ulong cookie, int room, bool isPlus, List<DirectoryEntry> entries)
    {
        var fitting = room / (isPlus ? EntryPlusBytesTypical : EntryBytesTypical);
        var count = Math.Clamp(fitting + 1, 1, BatchEntriesMax);
        return call.Files.ReadDirectory(call.Caller, id, cookie, count, isPlus, entries);
    }

    /// <summary>A page being encoded.</summary>
    private ref struct Page(Nfs3Writer results, int bytesMax, uint namesMax, bool isPlus)
    {
        private readonly int _end = results.Position - sizeof(uint) + bytesMax - TrailerBytes;
        private Nfs3Writer _results = results;
        private ulong _namesBytes;

        /// <summary>Whether an entry did not fit.</summary>
        public bool IsFull { get; private set; }

        /// <summary>Whether there is no entry.</summary>
        public bool IsEmpty { get; private set; } = true;

        /// <summary>Whether not even a page without entries fits.</summary>
        public readonly bool IsTooSmall => _results.Position > _end;

        /// <summary>Bytes left for entries.</summary>
        public readonly int Room => Math.Max(_end - _results.Position, 0);

        public void WriteHead(in Attributes? directory)
        {
            _results.WritePostOp(directory);

            // The cookie verifier: constant, since no cookie ever becomes invalid.
            _results.WriteUInt64(0);
        }

        /// <summary>Writes the entries that fit; false if one did not.</summary>
        public bool TryWrite(ReadOnlySpan<DirectoryEntry> entries)
        {
            foreach (ref readonly var entry in entries)
            {
                if (!TryWrite(entry))
                {
                    IsFull = true;
                    return false;
                }
            }

            return true;
        }

        public void Complete(bool isEof)
        {
            _results.WriteBool(false);
            _results.WriteBool(isEof);
            _results.Complete();
        }

        private bool TryWrite(in DirectoryEntry entry)
        {
            var nameBytes = EntryFixedBytes + XdrWriter.OpaqueBytes(entry.Name.Length);
            var bytes = nameBytes;
            if (isPlus)
            {
                bytes += sizeof(uint) + (entry.Attributes.HasValue ? AttributesBytes : 0) + HandleBytes;
            }

            // At least one entry is given however small the limit on names is: it is a hint, and no entry is no use.
            if (bytes > Room || (!IsEmpty && _namesBytes + (ulong)nameBytes > namesMax))
            {
                return false;
            }

            _results.WriteBool(true);
            _results.WriteUInt64(entry.Id.Value);
            _results.WriteOpaque(entry.Name.Span);
            _results.WriteUInt64(entry.Cookie);
            if (isPlus)
            {
                _results.WritePostOp(entry.Attributes);
                _results.WriteBool(true);
                _results.WriteHandle(entry.Id);
            }

            _namesBytes += (ulong)nameBytes;
            IsEmpty = false;
            return true;
        }
    }
}
