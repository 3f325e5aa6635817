using System.Text.Json;
using Cas.Client;
using Cas.Client.Backends.Hub.Http;
using Nfs.Tests.Fixtures;
using NUnit.Framework;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Nfs.Tests.Cas.Backends.Hub.Http;

// If these fail, a pause of the Hub becomes an error in an application, or an error of ours is repeated for ever.
public sealed class FailureTableTests
{
    [TestCase(400, CasError.Invalid, false)]
    [TestCase(401, CasError.Unauthorized, false)]
    [TestCase(403, CasError.Forbidden, false)]
    [TestCase(404, CasError.NotFound, false)]
    [TestCase(408, CasError.Unreachable, true)]
    [TestCase(410, CasError.NotFound, false)]
    [TestCase(413, CasError.NoSpace, false)]
    [TestCase(416, CasError.Invalid, false)]
    [TestCase(422, CasError.Invalid, false)]
    [TestCase(425, CasError.Unreachable, true)]
    [TestCase(429, CasError.Throttled, true)]
    [TestCase(500, CasError.Unreachable, true)]
    [TestCase(501, CasError.Invalid, false)]
    [TestCase(502, CasError.Unreachable, true)]
    [TestCase(503, CasError.Unreachable, true)]
    [TestCase(504, CasError.Unreachable, true)]
    [TestCase(507, CasError.NoSpace, false)]
    [TestCase(522, CasError.Unreachable, true)]
    [TestCase(302, CasError.Unreachable, false, Description = "a redirect that is not followed")]
    [TestCase(499, CasError.Unreachable, false, Description = "nobody knows what that is")]
    [Covers("EC-220", "EC-222")]
    public void OfStatus(int status, CasError error, bool mayRetry) =>
        Assert.That(FailureTable.OfStatus(status), Is.EqualTo(new FailureKind(error, mayRetry)));

    [Test]
    [Covers("EC-220", "EC-223")]
    public void OfException_WithoutAnAnswer_MayPass()
    {
        Exception[] passing =
            [new HttpRequestException(), new IOException(), new JsonException(), new TimeoutRejectedException()];

        Assert.That(passing.Select(FailureTable.OfException), Is.All.EqualTo(FailureTable.Broken));
        Assert.That(
            FailureTable.OfException(new BrokenCircuitException()),
            Is.EqualTo(new FailureKind(CasError.Unreachable, false)));
    }

    [Test]
    public void IsOutage_TroubleOfTheHostAlone()
    {
        HubFailure Of(int status) => new(FailureTable.OfStatus(status), string.Empty);

        Assert.That(FailureTable.IsOutage(Of(503)), Is.True);
        Assert.That(FailureTable.IsOutage(new IOException()), Is.True);
        Assert.That(FailureTable.IsOutage(Of(429)), Is.False, "it works, and wants to be asked less");
        Assert.That(FailureTable.IsOutage(Of(404)), Is.False);
    }

    [TestCase("\"api\";r=0;t=55", null, 55)]
    [TestCase("\"api\";r=3;t=55", null, null, Description = "something is left: not why it refused")]
    [TestCase("\"a\";r=9;t=5, \"b\";r=0;t=7", null, 7)]
    [TestCase(null, "12", 12)]
    [TestCase("\"api\";r=0;t=55", "12", 55)]
    [TestCase("\"api\";r=0;t=99999999999999", "12", 12)]
    [TestCase("r=0;t=-5", null, null)]
    [TestCase("r=0;t=4000000000", null, 3600, Description = "nobody is believed for longer than an hour")]
    [TestCase("rubbish;;;=,", null, null)]
    [Covers("EC-221")]
    public void WaitOf_WhatTheServerNames(string? limit, string? retryAfter, int? seconds)
    {
        using var response = new HttpResponseMessage();
        if (limit is not null)
        {
            response.Headers.TryAddWithoutValidation("RateLimit", limit);
        }

        if (retryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        Assert.That(RateLimit.WaitOf(response.Headers)?.TotalSeconds, Is.EqualTo(seconds));
    }
}
