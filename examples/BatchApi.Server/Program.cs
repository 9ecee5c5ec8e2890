using System.Net;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        ServerOptions options;
        try
        {
            options = ServerOptions.Parse(args);
        }
        catch (FormatException error)
        {
            await Console.Error.WriteLineAsync($"BatchApi.Server: {error.Message}");
            return 2;
        }

        if (options.Help)
        {
            Console.WriteLine(ServerOptions.Usage);
            return 0;
        }

        try
        {
            await RunAsync(options);
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The port is in use, or the log cannot be written.
            await Console.Error.WriteLineAsync($"BatchApi.Server: {error.Message}");
            return 1;
        }
    }

    private static async Task RunAsync(ServerOptions options)
    {
        TimeProvider time = TimeProvider.System;
        using var log = new ServerLog(options.Log, time);
        await using WebApplication app = Build(options, log, time);
        await app.StartAsync();
        string url = $"{app.Urls.First()}/v1";
        log.Write("started", new JsonObject { ["url"] = url, ["seed"] = options.Seed, ["speed"] = options.Speed, ["trouble"] = options.Trouble });
        Console.WriteLine($"listening on {url}");
        await app.WaitForShutdownAsync();
        log.Write("stopped", []);
    }

    private static WebApplication Build(ServerOptions options, ServerLog log, TimeProvider time)
    {
        // No arguments: Parse has already refused unknown ones, and the host would ignore them silently.
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.Port));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime>(services =>
            new ServerLifetime(options, services.GetRequiredService<IHostApplicationLifetime>()));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        WebApplication app = builder.Build();

        var chance = new Seeded(options.Seed);
        var traffic = new Traffic(chance, options.Trouble, time);
        var files = new FileStore(chance, time);
        var life = new BatchLife(chance, options.Trouble, files, log, time);
        var batches = new BatchStore(chance, life, options, time);
        app.UseLog(log, time);
        app.UseKey(options.Key);
        new FileEndpoints(files, traffic).Map(app);
        new BatchEndpoints(batches, life, files, traffic).Map(app);
        app.MapFallback((HttpContext context) => ApiError.NotFound($"Unknown request URL: {context.Request.Method} {context.Request.Path}.", null));
        return app;
    }
}
