using System.ClientModel;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class RefusalsTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [TestCase("2", 2.05)]
    [TestCase("0", 0.05)]
    [TestCase("Fri, 02 Jan 2026 03:04:15 GMT", 10.05)]
    [TestCase("Fri, 02 Jan 2026 03:00:00 GMT", 0.05)]
    public void Retry_After_is_seconds_or_a_date_and_we_come_a_little_later(string header, double seconds) =>
        Refusals.Parse(header, _now).ShouldBe(TimeSpan.FromSeconds(seconds));

    [TestCase("soon")]
    [TestCase("-1")]
    [TestCase("99999999999")]
    public void A_Retry_After_that_makes_no_sense_is_none(string header) => Refusals.Parse(header, _now).ShouldBeNull();

    [Test]
    public void An_error_without_an_answer_has_no_Retry_After()
    {
        Refusals.RetryAfter(new IOException(), _now).ShouldBeNull();
        Refusals.RetryAfter(new ClientResultException("no answer", null), _now).ShouldBeNull();
    }

    [Test]
    public void What_may_go_better_the_next_time_is_tried_again()
    {
        Refusals.IsTransient(new ClientResultException("no answer", null)).ShouldBeTrue();
        Refusals.IsTransient(new HttpRequestException()).ShouldBeTrue();
        Refusals.IsTransient(new TaskCanceledException()).ShouldBeTrue();
        Refusals.IsTransient(new AggregateException(new IOException())).ShouldBeTrue();
        Refusals.IsTransient(new BatchFailedException("failed", null)).ShouldBeFalse();
        Refusals.IsTransient(new FormatException()).ShouldBeFalse();
    }
}
