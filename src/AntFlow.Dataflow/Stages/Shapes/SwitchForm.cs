using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Shapes;

/// <summary>Makes the stage of a switch: its task returns the number of the link that belongs to the key. So the comparison of keys, which may be user code, is part of the attempt.</summary>
internal static class SwitchForm
{
    public static Stage<T, T> Create<T, TKey>(string name, TaskForm<T, TKey> key, IReadOnlyList<Route<TKey>> routes, int? workers, Action<StageOptions<T, T>>? configure)
    {
        List<string> faults = [];
        var table = new RouteTable<TKey>(name, routes, faults);
        if (UserTask.IsTask(typeof(TKey)))
            faults.Add($"its function has the output type {TypeNames.Of(typeof(TKey))}, which would never be awaited; return the key, or a Task of it.");
        return Stage<T, T>.OfForm(name, WithLinks(key, table), workers, configure, options =>
        {
            if (options.SkipIf is not null)
                faults.Add("SkipIf is set, and a switch cannot be skipped: a skipped item has no branch. Decide it in the function of the switch, with a branch that has no stages (b => b).");
            return StageForm.OfSwitch([.. routes.Select(route => route.Name)], faults);
        });
    }

    private static TaskForm<T, int> WithLinks<T, TKey>(TaskForm<T, TKey> key, RouteTable<TKey> table) =>
        new(key.Body is { } body ? (x, context, ct) => Find(body(x, context, ct), table) : null, key.UsesContext, key.MethodName);

    private static ValueTask<int> Find<TKey>(ValueTask<TKey> key, RouteTable<TKey> table) =>
        TryFind(key, table, out int link) ? new ValueTask<int>(link) : FindAsync(key, table);

    private static bool TryFind<TKey>(ValueTask<TKey> key, RouteTable<TKey> table, out int link)
    {
        if (key.IsCompletedSuccessfully)
        {
            link = table.Find(key.Result);
            return true;
        }

        link = 0;
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> FindAsync<TKey>(ValueTask<TKey> key, RouteTable<TKey> table) => table.Find(await key.ConfigureAwait(false));
}
