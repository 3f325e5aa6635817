using Bench;
using BenchmarkDotNet.Running;

// Bench --quick                 a table in some seconds, with the ratio to b3sum where it is installed
// Bench [options of BenchmarkDotNet, such as --filter '*Blake3*']
if (args is ["--quick", ..])
{
    return QuickTable.Run(Console.Out);
}

BenchmarkSwitcher.FromAssembly(typeof(QuickTable).Assembly).Run(args);
return 0;
