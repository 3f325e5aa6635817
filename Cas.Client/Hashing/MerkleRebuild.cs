namespace Cas.Client.Hashing;

/// <summary>
/// Makes an edited tree level by level. Where a group ends depends on nothing before its start, so regrouping starts
/// at the group that holds the first change and ends where a new group ends together with an old one: from there on
/// the old groups are right. What was regrouped is a change of the next level. All indices are those of chunks in the
/// old tree, at every level.
/// </summary>
internal sealed class MerkleRebuild
{
    private readonly MerkleTree _old;
    private readonly MerkleItem[] _group = new MerkleItem[MerkleGroup.CountMax];
    private int _groupCount;
    private List<MerkleItem> _parents = [];

    private MerkleRebuild(MerkleTree old) => _old = old;

    /// <summary>See <see cref="MerkleTree.Replace"/>.</summary>
    public static MerkleTree Replace(MerkleTree old, IReadOnlyList<MerkleSplice> splices)
    {
        Check(old, splices);
        if (splices.Count == 0)
        {
            return old;
        }

        var rebuild = new MerkleRebuild(old);
        var changes = splices.Select(
            s => new Change(s.Start, s.End, [.. s.Chunks.ToArray().Select(MerkleItem.Of)])).ToList();
        for (var height = 0; ; height++)
        {
            var first = rebuild.FirstItems(height, changes);
            if (first.Count <= 1)
            {
                return first.Count == 0 ? MerkleTree.Empty : MerkleTree.WithRoot(first[0], height);
            }

            changes = rebuild.Regroup(height, changes);
        }
    }

    private static void Check(MerkleTree old, IReadOnlyList<MerkleSplice> splices)
    {
        var previous = 0L;
        foreach (var splice in splices)
        {
            if (splice.Start < previous || splice.End < splice.Start || splice.End > old.Count)
            {
                throw new ArgumentException(
                    $"splice [{splice.Start}, {splice.End}) is not in order or not in range", nameof(splices));
            }

            previous = splice.End;
        }
    }

    // The first items of a level with its changes, two at most: a level of one item is the root.
    private List<MerkleItem> FirstItems(int height, List<Change> changes)
    {
        var items = new List<MerkleItem>();
        var kept = 0L;
        foreach (var change in changes)
        {
            AddOld(change.Start);
            items.AddRange(change.Items.Take(2));
            kept = change.End;
            if (items.Count > 1)
            {
                return items;
            }
        }

        AddOld(_old.Count);
        return items;

        void AddOld(long end)
        {
            while (kept < end && items.Count < 2)
            {
                items.Add(_old.ItemAt(height, kept).Item);
                kept += items[^1].Count;
            }
        }
    }

    // The changes of the next level.
    private List<Change> Regroup(int height, List<Change> changes)
    {
        var parents = new List<Change>();
        for (var next = 0; next < changes.Count;)
        {
            var start = GroupStart(height + 1, changes[next].Start);
            var end = RegroupFrom(height, start, changes, ref next);
            parents.Add(new Change(start, end, _parents));
            _parents = [];
        }

        return parents;
    }

    // Groups items from an old group's start, over one change or more, until new and old groups end together.
    private long RegroupFrom(int height, long index, List<Change> changes, ref int next)
    {
        for (var first = next; ;)
        {
            if (next < changes.Count && changes[next].Start == index)
            {
                changes[next].Items.ForEach(Add);
                index = changes[next++].End;
            }
            else if (next > first && _groupCount == 0 && IsGroupStart(height + 1, index))
            {
                return index;
            }
            else if (index == _old.Count)
            {
                CloseGroup();
                return index;
            }
            else
            {
                var item = _old.ItemAt(height, index).Item;
                Add(item);
                index += item.Count;
            }
        }
    }

    private void Add(MerkleItem item)
    {
        _group[_groupCount++] = item;
        if (MerkleGroup.EndsWith(item.Node.Hash, _groupCount))
        {
            CloseGroup();
        }
    }

    private void CloseGroup()
    {
        _parents.Add(MerkleItem.Of(new MerkleBranch(_group.AsSpan(0, _groupCount))));
        _groupCount = 0;
    }

    // Above the old root there are no old groups: everything is grouped anew. Behind the last item lies the last
    // group, which may go on when something is appended.
    private long GroupStart(int height, long index) =>
        height > _old.Height ? 0 : _old.ItemAt(height, Math.Min(index, _old.Count - 1)).First;

    private bool IsGroupStart(int height, long index) =>
        index == _old.Count || (height <= _old.Height && _old.ItemAt(height, index).First == index);

    // Items of one level in place of those over the chunks [Start, End).
    private readonly record struct Change(long Start, long End, List<MerkleItem> Items);
}
