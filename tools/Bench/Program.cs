using Bench;
using BenchmarkDotNet.Running;

// Bench --quick                 a table in some seconds, with the ratio to b3sum where it is installed
// Bench --compose [DIRECTORY]   what storing edited files costs through a store in it (/dev/shm), in some minutes
// Bench [options of BenchmarkDotNet, such as --filter '*Blake3*']
if (args is ["--quick", ..])
{
    return QuickTable.Run(Console.Out);
}

if (args is ["--compose", ..])
{
    return await ComposeTable.RunAsync(args.ElementAtOrDefault(1) ?? "/dev/shm", Console.Out);
}

BenchmarkSwitcher.FromAssembly(typeof(QuickTable).Assembly).Run(args);
return 0;
