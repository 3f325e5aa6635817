using Bench;
using BenchmarkDotNet.Running;

// Bench --quick                 a table in some seconds, with the ratio to b3sum where it is installed
// Bench --read [DIR]            what reading a store costs; it is made in DIR (/dev/shm) and removed
// Bench [options of BenchmarkDotNet, such as --filter '*Blake3*']
if (args is ["--quick", ..])
{
    return QuickTable.Run(Console.Out);
}

if (args is ["--read", ..])
{
    return await ReadFigures.RunAsync(Console.Out, args.Length > 1 ? args[1] : "/dev/shm");
}

BenchmarkSwitcher.FromAssembly(typeof(QuickTable).Assembly).Run(args);
return 0;
