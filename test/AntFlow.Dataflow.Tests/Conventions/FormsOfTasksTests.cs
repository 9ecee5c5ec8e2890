using System.Reflection;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Each form of a task is an overload more in the list that an editor shows, and one more that a compiler error may name.</summary>
public sealed class FormsOfTasksTests
{
    private const int Most = 80 + MostOfShapes;

    // Those of the stages that decide what becomes of an item: filters, switches, polls.
    private const int MostOfShapes = 60;

    private static readonly ILookup<string, MethodInfo> _groups = typeof(Pipeline).Assembly.GetExportedTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => !method.IsSpecialName && method.GetParameters().Any(IsDelegate) && !IsForValueTypes(method))
        .ToLookup(Key);

    [Test]
    public void Public_methods_that_differ_only_in_the_form_of_a_task_are_few()
    {
        (string Method, int Count)[] forms = [.. _groups.Where(group => group.Count() > 1).Select(group => (group.Key, group.Count())).OrderBy(group => group.Key, StringComparer.Ordinal)];

        string list = string.Join('\n', forms.Select(group => $"{group.Count,4}  {group.Method}"));
        TestContext.Out.WriteLine(list);
        forms.ShouldNotBeEmpty();
        forms.Sum(group => group.Count).ShouldBeLessThanOrEqualTo(Most, list);
    }

    [TestCase("Stage", "Create", 8)]
    [TestCase("Stage", "CreateWithContext", 4)]
    [TestCase("StageTasks`2", "Task", 8)]
    [TestCase("StageTasks`2", "TaskWithContext", 4)]
    [TestCase("PipelineBuilder", "Stage", 8)]
    [TestCase("PipelineBuilder", "StageWithContext", 4)]
    [TestCase("PipelineBuilder`2", "Then", 8)]
    [TestCase("PipelineBuilder`2", "ThenWithContext", 4)]
    [TestCase("PipelineBuilder`2", "ThenWhere", 6)]
    [TestCase("PipelineBuilder`2", "ThenWhereWithContext", 3)]
    [TestCase("PipelineBuilder`2", "ThenSwitch", 6)]
    [TestCase("PipelineBuilder`2", "ThenSwitchWithContext", 3)]
    [TestCase("PipelineBuilder`2", "ThenPoll", 6)]
    [TestCase("PipelineBuilder`2", "ThenPollWithContext", 3)]
    [TestCase("Stage", "CreateWhere", 3)]
    [TestCase("Stage", "CreatePoll", 3)]
    [TestCase("Pipeline", "RunAsync", 6)]
    [TestCase("AsyncExecutor", "Submit", 6)]
    [TestCase("AsyncExecutor", "MapAsync", 6)]
    [TestCase("AsyncExecutor", "MapStreamAsync", 12)]
    public void Each_verb_has_its_forms(string type, string verb, int forms) =>
        _groups.Where(group => group.Key.StartsWith($"{type}.{verb}(", StringComparison.Ordinal)).Sum(group => group.Count()).ShouldBe(forms);

    /// <summary>The method with its parameters, all delegates alike.</summary>
    private static string Key(MethodInfo method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => IsDelegate(parameter) ? "delegate" : parameter.ParameterType.Name))})";

    // Beside one for classes: it takes the same form of a task.
    private static bool IsForValueTypes(MethodInfo method) =>
        method.GetGenericArguments().Any(type => type.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint));

    private static bool IsDelegate(ParameterInfo parameter) => typeof(Delegate).IsAssignableFrom(parameter.ParameterType);
}
