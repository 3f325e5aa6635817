namespace Cas.Client.Reconstruction;

/// <summary>
/// A stored file as a source for composing, read on the calling thread. Small pieces between edits come out of one
/// block: a chunk is not unpacked for each of them. Not for use by several threads.
/// </summary>
internal sealed class RecipeSource(RecipeReader reader, FileRecipe recipe) : IContentSource
{
    private const int BlockBytes = 1 << 20;

    private byte[] _block = [];
    private ulong _blockStart;

    public ulong Length => recipe.Length;

    public ValueTask ReadAsync(ulong offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            if (offset < _blockStart || offset >= _blockStart + (ulong)_block.Length)
            {
                Fill(offset, cancellationToken);
            }

            var held = _block.AsMemory((int)(offset - _blockStart));
            var count = Math.Min(held.Length, destination.Length);
            held[..count].CopyTo(destination);
            destination = destination[count..];
            offset += (ulong)count;
        }

        return ValueTask.CompletedTask;
    }

    private void Fill(ulong offset, CancellationToken cancellationToken)
    {
        var length = (int)Math.Min(BlockBytes, recipe.Length - offset);
        var block = _block.Length == length ? _block : new byte[length];
        _block = [];
        reader.Read(recipe, offset, block, cancellationToken);
        (_block, _blockStart) = (block, offset);
    }
}
