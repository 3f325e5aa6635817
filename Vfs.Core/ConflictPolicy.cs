namespace Vfs.Core;

/// <summary>What becomes of a path that was changed here and by another writer of the store.</summary>
public enum ConflictPolicy : byte
{
    /// <summary>The store's version has the path, and ours a name of its own beside it.</summary>
    KeepBoth,

    /// <summary>Ours replaces the store's version.</summary>
    Ours,

    /// <summary>The store's version replaces ours.</summary>
    Theirs,
}
