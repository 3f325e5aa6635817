namespace Cas.Client.Hashing;

/// <summary>How one kind of node of the BLAKE3 tree is compressed.</summary>
/// <param name="Blocks">Blocks in a node; nodes of this kind lie one after the other.</param>
/// <param name="CounterStep">What the counter grows by from one node to the next.</param>
/// <param name="FirstFlags">Flags of the first block.</param>
/// <param name="LastFlags">Flags of the last block.</param>
internal readonly record struct Blake3Node(int Blocks, uint CounterStep, uint FirstFlags, uint LastFlags)
{
    /// <summary>Bytes that one compression takes.</summary>
    public const int BlockBytes = 64;

    /// <summary>Bytes of input in a leaf of the tree.</summary>
    public const int ChunkBytes = 1024;

    /// <summary>Bytes that stand for a node in its parent: its chaining value.</summary>
    public const int ValueBytes = 32;

    public const uint ChunkStart = 1;
    public const uint ChunkEnd = 2;
    public const uint ParentFlag = 4;
    public const uint Root = 8;

    /// <summary>A leaf of 1024 bytes.</summary>
    public static Blake3Node Chunk => new(ChunkBytes / BlockBytes, 1, ChunkStart, ChunkEnd);

    /// <summary>Two chaining values.</summary>
    public static Blake3Node Parent => new(1, 0, ParentFlag, 0);

    /// <summary>Bytes of a node.</summary>
    public int Bytes => Blocks * BlockBytes;

    /// <summary>The flags of a block, those of the mode left out.</summary>
    public uint FlagsOf(int block) => (block == 0 ? FirstFlags : 0) | (block == Blocks - 1 ? LastFlags : 0);
}
