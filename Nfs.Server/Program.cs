using Nfs.Server.Cli;

return await new CommandLine(
    Environment.GetEnvironmentVariable, Console.Out, Console.Error, Console.OpenStandardError, TimeProvider.System)
    .RunAsync(args).ConfigureAwait(false);
