using System.Globalization;

namespace Vfs.Core;

/// <summary>The number of a file or directory (<c>fileid3</c>). Never 0, never used twice, below 2^53.</summary>
/// <param name="Value">The number; 1 is the root of the tree.</param>
public readonly record struct InodeId(ulong Value)
{
    /// <summary>The root directory.</summary>
    public static InodeId Root => new(1);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
