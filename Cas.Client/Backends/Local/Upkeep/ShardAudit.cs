using System.Collections.Concurrent;
using Cas.Client.Formats;
using Cas.Client.Hashing;
using Cas.Client.Reconstruction;
using Cas.Client.Shards;

namespace Cas.Client.Backends.Local.Upkeep;

/// <summary>
/// Holds a shard against its name and its format, and everything that it says against the xorbs, after these were
/// checked. May be used from several threads at once.
/// </summary>
internal sealed class ShardAudit(
    ContentDirectory directory,
    LeaseCache<MerkleHash, OpenXorb> xorbs,
    DamagedXorbs damaged,
    IndexAudit index,
    CheckLog log)
{
    private readonly ConcurrentDictionary<MerkleHash, bool> _named = new();
    private readonly ConcurrentDictionary<MerkleHash, bool> _damagedShards = new();
    private readonly ConcurrentDictionary<(MerkleHash Shard, long RecordIndex), bool> _wrongFiles = new();
    private long _shards;
    private long _files;
    private long _bytes;

    public long Shards => Interlocked.Read(ref _shards);

    public long Files => Interlocked.Read(ref _files);

    public ulong Bytes => (ulong)Interlocked.Read(ref _bytes);

    /// <summary>Whether a shard lists a xorb or makes a file of it.</summary>
    public bool IsNamed(MerkleHash xorb) => _named.ContainsKey(xorb);

    public bool IsDamaged(MerkleHash shard) => _damagedShards.ContainsKey(shard);

    /// <summary>Whether an entry does not make the file that it should.</summary>
    public bool IsWrong(MerkleHash shard, long recordIndex) => _wrongFiles.ContainsKey((shard, recordIndex));

    /// <summary>Checks one; how many bytes it has.</summary>
    public ulong Run(MerkleHash name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _shards);
        try
        {
            using var shard = OpenShard.Open(directory.Open(directory.PathOfShard(name)), name);
            Interlocked.Add(ref _bytes, shard.Bytes.Length);
            ShardCheck.Verify(shard.Bytes, shard.Reader);
            CheckXorbs(name, shard.Reader);
            CheckFiles(name, shard.Reader, cancellationToken);
            index.Check(name, shard.Reader);
            return (ulong)shard.Bytes.Length;
        }
        catch (Exception e) when (IoErrorMap.Covers(e))
        {
            _damagedShards[name] = true;
            log.Damage($"shard {name}: {e.Message}");
            return 0;
        }
    }

    private void CheckXorbs(MerkleHash name, ShardReader shard)
    {
        foreach (var entry in shard.Xorbs())
        {
            Name(entry.Hash, name);
        }
    }

    private void CheckFiles(MerkleHash name, ShardReader shard, CancellationToken cancellationToken)
    {
        foreach (var entry in shard.Files())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _files);
            var file = shard.ReadFile(entry);
            foreach (var term in file.Terms)
            {
                Name(term.Xorb, name);
                damaged.Need(term);
            }

            if (ProblemOf(file) is { } problem)
            {
                _wrongFiles[(name, entry.RecordIndex)] = true;
                log.Damage($"file {file.Hash} in shard {name}: {problem}");
            }
        }
    }

    private void Name(MerkleHash xorb, MerkleHash shard)
    {
        if (IsNamed(xorb))
        {
            return;
        }

        if (!File.Exists(directory.PathOfXorb(xorb)))
        {
            damaged.Add(xorb, $"xorb {xorb} is not there, and shard {shard} names it");
        }

        // Last: who finds it here relies on what was added.
        _named[xorb] = true;
    }

    /// <summary>What is wrong with the entry itself; damage of its xorbs is theirs.</summary>
    private string? ProblemOf(ShardFile file)
    {
        try
        {
            var recipe = FileRecipe.From(file);
            var whole = new MerkleBuilder();
            for (var i = 0; i < recipe.Terms.Length; i++)
            {
                var term = recipe.Terms[i];
                if (damaged.IsLost(term.Xorb))
                {
                    return null;
                }

                using var lease = xorbs.Borrow(term.Xorb);
                recipe.Check(i, lease.Value.Index);
                var layout = lease.Value.Index.Layout;
                for (var chunk = (int)term.ChunkStart; chunk < term.ChunkEnd; chunk++)
                {
                    whole.Append(
                        new MerkleNode(lease.Value.Index.Hashes[chunk], (ulong)layout.ChunkLength(chunk)));
                }
            }

            return XetHash.File(whole.Finish()) == file.Hash ? null : "its chunks do not give its hash";
        }
        catch (CasException e)
        {
            return e.Message;
        }
    }
}
