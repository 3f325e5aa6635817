using NUnit.Framework;
using Vfs.Core;
using Vfs.Core.Metadata;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Metadata;

// What a call was answered is read back after a crash: a field that is lost shows clients attributes that never were.
[TestFixture]
internal sealed class RequestOutcomeCodecTests
{
    private static readonly Attributes s_first = new(
        new InodeId(1), InodeType.Directory, 2, 3, 4, 5, 6, 7, 8, 9, new(10), new(-11), new(long.MaxValue));

    private static readonly Attributes s_second = new(
        new InodeId(ulong.MaxValue), InodeType.Fifo, uint.MaxValue, 13, 14, 15, ulong.MaxValue, 17, 18, 19, new(20),
        new(21), new(22));

    private static readonly WccAttributes s_before = new(31, new(32), new(33));

    private static IEnumerable<RequestOutcome> Outcomes =>
    [
        default,
        new(s_first, default),
        new(null, new WccData(s_before, s_first)),
        new(null, new WccData(null, s_second), new WccData(s_before, null)),
        new(s_second, new WccData(s_before, s_first), new WccData(s_second.Wcc, s_second)),
    ];

    [TestCaseSource(nameof(Outcomes))]
    public void WhatIsWritten_IsRead_AndNoOtherLengthIs(object value)
    {
        var outcome = (RequestOutcome)value;
        var bytes = new byte[RequestOutcomeCodec.BytesMax + 1];
        var length = RequestOutcomeCodec.Write(bytes, outcome);

        Assert.That(RequestOutcomeCodec.TryRead(bytes.AsSpan(0, length), out var read), Is.True);
        Assert.That(read, Is.EqualTo(outcome));
        for (var other = 0; other <= bytes.Length; other++)
        {
            Assert.That(
                RequestOutcomeCodec.TryRead(bytes.AsSpan(0, other), out _), Is.EqualTo(other == length), $"{other}");
        }
    }
}
