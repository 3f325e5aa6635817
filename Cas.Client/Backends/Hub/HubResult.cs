namespace Cas.Client.Backends.Hub;

/// <summary>Where failures of calls become values.</summary>
internal static class HubResult
{
    /// <summary>The value of some work, or its failure.</summary>
    public static async Task<CasResult<T>> OfAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (CasException e)
        {
            return CasResult.Fail<T>(e.Error, e.Message);
        }
    }
}
