using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Graphs;

/// <summary>Draws the shape of a pipeline. Some are lines of tasks.</summary>
internal sealed class GraphDrawing
{
    /// <summary>A key that no branch has, but for a default.</summary>
    public const int Unrouted = 99;

    private const int Deepest = 2;

    private readonly Dice _dice;
    private readonly bool _isLine;
    private readonly int _mostSwitches;
    private int _left;
    private int _switches;
    private int _next;

    private GraphDrawing(Dice dice, int most, int mostSwitches)
    {
        _dice = dice;
        _mostSwitches = mostSwitches;
        _isLine = dice.OneIn(4);
        _left = dice.Between(1, most);
    }

    /// <param name="dice">What it is drawn with.</param>
    /// <param name="most">The largest number of stages, but for three more for each switch.</param>
    /// <param name="mostSwitches">The largest number of switches.</param>
    public static GraphPlan Draw(Dice dice, int most, int mostSwitches)
    {
        var drawing = new GraphDrawing(dice, most, mostSwitches);
        return new GraphPlan(drawing.DrawScope(depth: 0, drawing._left));
    }

    private ScopePlan DrawScope(int depth, int most)
    {
        List<ElementPlan> elements = [];
        for (int i = 0; i < most && _left > 0; i++)
            elements.Add(DrawElement(depth));
        return new ScopePlan(elements);
    }

    private ElementPlan DrawElement(int depth)
    {
        Shape shape = _isLine ? Shape.Tasks : _dice.Pick(Shape.Tasks, Shape.Tasks, Shape.Where, Shape.Poll, Shape.Switch);
        if (shape == Shape.Switch && (depth == Deepest || _switches++ >= _mostSwitches))
            shape = Shape.Tasks;
        int stage = _next++;
        // Branches that could have no stages would be no test of branches.
        _left += shape == Shape.Switch ? 2 : -1;
        return new ElementPlan(stage, shape, depth, shape == Shape.Switch ? DrawBranches(depth) : []);
    }

    private List<BranchPlan> DrawBranches(int depth)
    {
        List<int?> keys = [null, 0, 1, 2, 3, 4];
        int count = _dice.Between(2, 4);
        int byDefault = _dice.OneIn(2) ? _dice.Below(count) : -1;
        List<BranchPlan> branches = [];
        for (int i = 0; i < count; i++)
        {
            List<int?> own = [];
            for (int j = _dice.Pick(1, 1, 2); j > 0 && i != byDefault && keys.Count > 0; j--)
            {
                int? key = keys[_dice.Below(keys.Count)];
                keys.Remove(key);
                own.Add(key);
            }

            if (own.Count > 0 || i == byDefault)
                branches.Add(new BranchPlan(i == byDefault ? null : own, DrawScope(depth + 1, _dice.Pick(0, 1, 1, 2, 3))));
        }

        return branches;
    }
}
