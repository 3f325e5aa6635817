namespace Nfs.Tests.Model.Store;

/// <summary>What may happen to a call of the store.</summary>
internal enum StoreFault
{
    /// <summary>An error, and no effect.</summary>
    Fails,

    /// <summary>An error, and the effect all the same.</summary>
    FailsAfterEffect,

    /// <summary>An error now; the effect comes later, when the sender has gone on.</summary>
    ArrivesLate,

    /// <summary>It is done twice, and the second answer is given.</summary>
    IsDoneTwice,

    /// <summary>It hangs.</summary>
    Hangs,

    /// <summary>All calls fail from here on.</summary>
    GoesAway,

    /// <summary>The answer is of another size than what was asked for.</summary>
    Lies,
}
