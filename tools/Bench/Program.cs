using System.Globalization;
using Bench;
using BenchmarkDotNet.Running;

// Bench --quick                  a table in some seconds, with the ratio to b3sum where it is installed
// Bench --index N DIR            a store of N chunks in DIR, an empty directory: filling, opening, looking up
// Bench --lone-put DIR           how long a put of 4 KiB takes into a store in DIR, an empty directory
// Bench --compose [DIR]          what storing edited files costs through a store in it (/dev/shm), in some minutes
// Bench --read [DIR]             what reading a store costs; it is made in DIR (/dev/shm) and removed
// Bench [options of BenchmarkDotNet, such as --filter '*Blake3*']
if (args is ["--quick", ..])
{
    return await QuickTable.RunAsync(Console.Out);
}

if (args is ["--index", var chunks, var directory])
{
    await new IndexFigures(Console.Out, directory, int.Parse(chunks, CultureInfo.InvariantCulture)).RunAsync();
    return 0;
}

if (args is ["--lone-put", var empty])
{
    await LonePutFigures.RunAsync(Console.Out, empty);
    return 0;
}

if (args is ["--compose", ..])
{
    return await ComposeTable.RunAsync(args.ElementAtOrDefault(1) ?? "/dev/shm", Console.Out);
}

if (args is ["--read", ..])
{
    return await ReadFigures.RunAsync(Console.Out, args.Length > 1 ? args[1] : "/dev/shm");
}

BenchmarkSwitcher.FromAssembly(typeof(QuickTable).Assembly).Run(args);
return 0;
