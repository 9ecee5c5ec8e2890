using System.Text.Json;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Items;

public sealed class ErrorsAsData
{
    [Test]
    public void An_error_says_its_type_its_message_its_stack_and_what_is_inside_it()
    {
        Exception thrown = Catch(() => throw new AggregateException("both", new TimeoutException("slow"), new InvalidDataException("bad", new FormatException("worse"))));
        var info = ErrorInfo.From(thrown);

        (info.Type, info.Inner.Count).ShouldBe(("System.AggregateException", 2));
        info.StackTrace.ShouldNotBeNull().ShouldContain(nameof(Catch));
        (info.Inner[0].Type, info.Inner[0].Message, info.Inner[0].StackTrace).ShouldBe(("System.TimeoutException", "slow", null));
        info.Inner[1].Inner.ShouldHaveSingleItem().ToString().ShouldBe("FormatException: worse");
    }

    [Test]
    public void An_exception_that_stands_for_it_has_its_type_and_message_and_gives_it_again()
    {
        var info = ErrorInfo.From(new InvalidDataException("bad", new TimeoutException("slow")));
        StoredFailureException standing = info.ToException();

        (standing.OriginalType, standing.Message, standing.InnerException!.Message).ShouldBe(("InvalidDataException", "bad", "slow"));
        standing.Details.ShouldBe($"System.IO.InvalidDataException: bad{Environment.NewLine} ---> System.TimeoutException: slow");
        standing.Info.ShouldBeSameAs(info);
        ErrorInfo.From(standing).ShouldBeSameAs(info);
        ErrorInfo.From(new InvalidOperationException("outer", standing)).Inner.ShouldBe([info]);
    }

    [Test]
    public void Every_error_comes_back_from_JSON_as_it_was()
    {
        foreach (Exception error in (Exception[])[new Hostile(), new Silent(), new TimeoutException("half \ud800 pair"), new Nest<Dictionary<string, int>>.Egg(), Deep(100), Wide(1000), new InvalidDataException(new string('x', 100_000))])
        {
            var info = ErrorInfo.From(error);
            string json = JsonSerializer.Serialize(info, AntFlowJsonContext.Default.ErrorInfo);
            ErrorInfo read = JsonSerializer.Deserialize(json, AntFlowJsonContext.Default.ErrorInfo).ShouldNotBeNull();

            read.ShouldBe(info);
            read.GetHashCode().ShouldBe(info.GetHashCode());
            JsonSerializer.Serialize(read, AntFlowJsonContext.Default.ErrorInfo).ShouldBe(json);
            JsonSerializer.Serialize(ErrorInfo.From(read.ToException()), AntFlowJsonContext.Default.ErrorInfo).ShouldBe(json);
            read.ToException().OriginalType.ShouldBe(error.GetType().Name);
        }
    }

    [Test]
    public void Nothing_of_a_hostile_exception_gets_out()
    {
        var info = ErrorInfo.From(new InvalidOperationException("outer", new Hostile()));

        info.Inner.ShouldHaveSingleItem().Message.ShouldBe("Hostile, whose message cannot be read");
        info.Inner[0].StackTrace.ShouldBe("The stack trace cannot be read.");
        ErrorInfo.From(new Silent()).Message.ShouldBeEmpty();
    }

    [Test]
    public void An_error_is_bounded()
    {
        var text = ErrorInfo.From(new InvalidDataException(new string('x', 7_998) + "\ud83d\ude00" + new string('y', 100)));
        text.Message.Length.ShouldBe(7_999);
        text.Message.ShouldEndWith("x…");
        Depth(ErrorInfo.From(Deep(100))).ShouldBe(6);
        ErrorInfo.From(Wide(1000)).Inner.Count.ShouldBe(10);
        Count(ErrorInfo.From(new AggregateException(Enumerable.Range(0, 10).Select(_ => Wide(10))))).ShouldBe(50);
    }

    private static int Depth(ErrorInfo info) => 1 + info.Inner.Select(Depth).DefaultIfEmpty().Max();

    private static int Count(ErrorInfo info) => 1 + info.Inner.Sum(Count);

    private static Exception Deep(int levels) => levels == 0 ? new TimeoutException("end") : new InvalidOperationException($"level {levels}", Deep(levels - 1));

    private static AggregateException Wide(int count) => new("many", Enumerable.Range(0, count).Select(i => new TimeoutException($"{i}")));

    private static Exception Catch(Action action)
    {
        try
        {
            action();
            throw new InvalidOperationException("Nothing was thrown.");
        }
        catch (AggregateException error)
        {
            return error;
        }
    }

    private sealed class Hostile : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");

        public override string? StackTrace => throw new InvalidOperationException("no stack");

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class Silent : Exception
    {
        public override string Message => null!;
    }

    private static class Nest<T>
    {
        public sealed class Egg : Exception
        {
            public override string Message => typeof(T).Name;
        }
    }
}
