namespace Cas.Client.Shards;

/// <summary>The order of hashes in a shard: by their words as unsigned numbers, the first word first.</summary>
internal static class ShardOrder
{
    public static int Compare(MerkleHash a, MerkleHash b)
    {
        var order = a.A.CompareTo(b.A);
        order = order != 0 ? order : a.B.CompareTo(b.B);
        order = order != 0 ? order : a.C.CompareTo(b.C);
        return order != 0 ? order : a.D.CompareTo(b.D);
    }
}
