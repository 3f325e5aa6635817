using Microsoft.AspNetCore.Http;

namespace XetHub.Http;

/// <summary>A request is answered with an error. <paramref name="code"/> is what the Hub calls it, or null.</summary>
internal sealed class RefusedException(int status, string? code, string message) : Exception(message)
{
    public int Status => status;

    public string? Code => code;

    public static RefusedException Bad(string message) => new(StatusCodes.Status400BadRequest, null, message);

    public static RefusedException NoContent(string message) => new(StatusCodes.Status404NotFound, null, message);

    public static RefusedException NoRepo(string name) =>
        new(StatusCodes.Status404NotFound, "RepoNotFound", $"{name} does not exist");

    public static RefusedException NoRevision(string revision) =>
        new(StatusCodes.Status404NotFound, "RevisionNotFound", $"the revision {revision} does not exist");

    public static RefusedException NoEntry(string path) =>
        new(StatusCodes.Status404NotFound, "EntryNotFound", $"{path} does not exist");
}
