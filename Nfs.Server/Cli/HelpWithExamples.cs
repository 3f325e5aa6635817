using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Nfs.Server.Cli;

/// <summary>The usual help, and below it an example that can be pasted.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction _help;

    private HelpWithExamples(HelpAction help) => _help = help;

    /// <summary>Replaces the help of a root command, which all of its commands share.</summary>
    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        if (option.Action is HelpAction help)
        {
            option.Action = new HelpWithExamples(help);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in ExamplesOf(CommandName.Of(parseResult.CommandResult.Command)))
        {
            output.WriteLine("  " + line);
        }

        return code;
    }

    private static string[] ExamplesOf(string command) => command.Split(' ')[0] switch
    {
        "serve" =>
        [
            "nfsgw serve --state /var/lib/nfsgw --store file:///srv/store",
            "nfsgw serve --state ./state --store file:///srv/store --listen 127.0.0.1:12049 --cache-size 50GiB",
            "nfsgw serve --state /var/lib/nfsgw --config /etc/nfsgw.json --listen [::]:2049",
            "NFSGW_STATE=./state NFSGW_STORE=file:///srv/store NFSGW_READ_ONLY=true nfsgw serve",
            "",
            "Exit codes: 0 stopped cleanly; 1 bad flags, unusable state or port in use; 2 the store cannot be opened.",
        ],
        "status" => 
        [
            "nfsgw status --state /var/lib/nfsgw",
            "nfsgw status --state /var/lib/nfsgw --json | jq .dirty_bytes",
        ],
        "sync" => ["nfsgw sync --state /var/lib/nfsgw", "nfsgw sync --state /var/lib/nfsgw /projects/report.txt"],
        "evict" => ["nfsgw evict --state /var/lib/nfsgw", "nfsgw evict --state /var/lib/nfsgw /videos"],
        "config" => ["nfsgw config check /etc/nfsgw.json"],
        "cas" =>
        [
            "nfsgw cas hash video.mp4",
            "nfsgw cas put --store file:///srv/store video.mp4",
            "nfsgw cas get --store file:///srv/store HASH --range 0-1048576 > start.mp4",
            "nfsgw cas show --store file:///srv/store HASH",
        ],
        "store" =>
        [
            "nfsgw store check --store file:///srv/store",
            "nfsgw store gc --store file:///srv/store --dry-run",
            "nfsgw store gc --store file:///srv/store --keep 30d",
            "nfsgw store stats --store file:///srv/store",
            "",
            "Exit codes: 0 fine; 1 refused; 2 the store cannot be opened, or a process uses it; 3 check found damage.",
        ],
        "version" => ["nfsgw version"],
        _ =>
        [
            "nfsgw serve --state /var/lib/nfsgw --store file:///srv/store",
            "nfsgw serve --help",
        ],
    };
}
