using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class ResultStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static readonly ResultRow _good = new("a", "001", true, "{}", null);
    private static readonly ResultRow _bad = new("b", "001", false, null, "late: too late");

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Rows_are_there_when_the_file_is_opened_again()
    {
        using (var store = new ResultStore(_folder.Path("r.db")))
            store.Save([_good, _bad]).ShouldBe(2);

        using var again = new ResultStore(_folder.Path("r.db"));
        again.SavedIds().ShouldBe(["a", "b"], ignoreOrder: true);
        ResultRows.Read(_folder.Path("r.db")).ShouldBe([_good, _bad]);
    }

    [Test]
    public void A_row_is_written_once_and_never_changed()
    {
        using var store = new ResultStore(_folder.Path("r.db"));
        store.Save([_good]);

        store.Save([_good with { IsSuccess = false, Error = "no" }, _bad]).ShouldBe(1);

        ResultRows.Read(_folder.Path("r.db")).ShouldBe([_good, _bad]);
    }

    [Test]
    public void A_batch_is_one_transaction()
    {
        using var store = new ResultStore(_folder.Path("r.db"));

        // The second row is refused by the table, so the first is not there either.
        Should.Throw<Exception>(() => store.Save([_good, _bad with { Batch = null! }]));

        store.SavedIds().ShouldBeEmpty();
    }

    [Test]
    public void A_file_that_cannot_be_written_to_is_refused_before_anything_is_paid_for()
    {
        using (var store = new ResultStore(_folder.Path("r.db")))
            store.Save([_good]);

        // Asked of SQLite, because no file is read-only to whoever may do everything.
        Should.Throw<UsageException>(() => new ResultStore($"file:{_folder.Path("r.db")}?mode=ro")).Message.ShouldContain("readonly");

        ResultRows.Read(_folder.Path("r.db")).ShouldBe([_good]);
    }

    [Test]
    public void A_file_that_is_no_database_is_refused_and_left_alone()
    {
        string path = _folder.Write("r.db", "Dear diary, this is no database at all, however long one looks at it.");

        Should.Throw<UsageException>(() => new ResultStore(path)).Message.ShouldContain("cannot be used as a file of results");

        File.ReadAllText(path).ShouldStartWith("Dear diary");
    }

    [Test]
    public void A_table_with_other_columns_is_refused()
    {
        ResultRows.Execute(_folder.Path("r.db"), "CREATE TABLE results(name TEXT)");

        Should.Throw<UsageException>(() => new ResultStore(_folder.Path("r.db"))).Message.ShouldContain("no such column");
    }

    [Test]
    public async Task Any_thread_may_save()
    {
        using var store = new ResultStore(_folder.Path("r.db"));

        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() => store.Save([_good with { CustomId = $"{n}" }]))));

        store.SavedIds().Count.ShouldBe(40);
    }
}
