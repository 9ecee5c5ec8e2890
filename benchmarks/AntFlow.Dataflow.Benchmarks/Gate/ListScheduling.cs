namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>List scheduling as it is in books: whenever a worker of a stage is free, it takes the item that arrived there first.</summary>
public static class ListScheduling
{
    /// <summary>When the last item ends.</summary>
    /// <param name="durations">How long each item takes in each stage: first the stage, then the item.</param>
    /// <param name="workers">The workers of each stage.</param>
    public static long Makespan(long[][] durations, int[] workers)
    {
        int[] free = [.. workers];
        Queue<int>[] waiting = [.. workers.Select(_ => new Queue<int>())];
        var ends = new PriorityQueue<(int Stage, int Item), (long At, int Order)>();
        long now = 0;
        int order = 0;
        for (int item = 0; item < durations[0].Length; item++)
            Arrive(0, item);
        while (ends.TryDequeue(out (int Stage, int Item) end, out (long At, int Order) due))
        {
            now = due.At;
            if (waiting[end.Stage].TryDequeue(out int next))
                Begin(end.Stage, next);
            else
                free[end.Stage]++;
            if (end.Stage + 1 < workers.Length)
                Arrive(end.Stage + 1, end.Item);
        }

        return now;

        void Arrive(int stage, int item)
        {
            if (free[stage] == 0)
            {
                waiting[stage].Enqueue(item);
                return;
            }

            free[stage]--;
            Begin(stage, item);
        }

        void Begin(int stage, int item) => ends.Enqueue((stage, item), (now + durations[stage][item], order++));
    }
}
