using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace Nfs.Tests.Fixtures;

/// <summary>
/// The requirements that a test decides, by their numbers in a list such as Vfs.Core/EC.md. tools/coverage finds the
/// tests of a number by this attribute, and <c>tools/test --filter TestCategory=EC-42</c> runs them.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CoversAttribute(params string[] numbers) : NUnit.Framework.NUnitAttribute, IApplyToTest
{
    public void ApplyToTest(Test test)
    {
        foreach (var number in numbers)
        {
            test.Properties.Add(PropertyNames.Category, number);
        }
    }
}
