using Cas.Client;
using Nfs.Tests.Fixtures;
using NUnit.Framework;

namespace Nfs.Tests.Cas.Backends.Local.Upkeep;

// If these fail, an operator buys disks that are not needed, or runs gc for nothing.
[TestFixture]
internal sealed class StoreMeasureTests
{
    private StoreDirectory _directory = null!;
    private IStore _store = null!;

    [SetUp]
    public async Task SetUp()
    {
        _directory = new StoreDirectory();
        _store = await _directory.OpenAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Statistics_EqualFiles_CountTwiceAsLogicalAndOnceAsUniqueBytes()
    {
        var bytes = StoredFiles.Bytes(seed: 1, 1_500_000);
        await _store.PutAsync("a", bytes);
        await _store.PutAsync("b", bytes);

        var found = await MeasureAsync();

        Assert.That((found.TreeFiles, found.LogicalBytes), Is.EqualTo((2L, 3_000_000UL)));
        Assert.That((found.Contents, found.Shards, found.Xorbs), Is.EqualTo((1L, 1L, 1L)));
        Assert.That((found.UniqueBytes, found.UnneededBytes), Is.EqualTo((1_500_000UL, 0UL)));
        Assert.That(found.StoredBytes, Is.InRange(1_500_000UL, 1_510_000UL));
    }

    [Test]
    public async Task Statistics_WhatNoPathNames_IsUnneeded_ApartInXorbsThatOthersNeed()
    {
        var whole = StoredFiles.Bytes(seed: 1, 1_500_000);
        await _store.PutAsync(whole);
        await _store.PutAsync("part", whole[..500_000]);
        await _store.PutAsync(StoredFiles.Bytes(seed: 2, 70_000));

        var found = await MeasureAsync();

        Assert.That(found.LogicalBytes, Is.EqualTo(500_000));
        Assert.That(found.UnneededBytes - found.UnneededBytesInMixedXorbs, Is.InRange(70_000UL, 70_000UL + (128 << 10)));
        Assert.That(found.UnneededBytesInMixedXorbs, Is.InRange(1_000_000UL, 1_000_000UL + (128 << 10)));
    }

    private async Task<StoreStatistics> MeasureAsync()
    {
        // While the store is open: nothing is locked.
        var upkeep = await _directory.OpenUpkeepAsync();
        var found = await upkeep.GetStatisticsAsync(default);
        Assert.That(found.IsOk, Is.True, found.Detail);
        return found.Value;
    }
}
