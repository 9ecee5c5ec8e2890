using System.Text;
using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>The two output files of a batch: the answers, and the errors of the other requests. A file without lines is not written.</summary>
internal sealed record BatchOutput(byte[] Output, byte[] Errors, int Completed, int Failed)
{
    private const double BrokenShare = 0.0125;

    /// <param name="chance">The seed.</param>
    /// <param name="trouble">The amount of trouble.</param>
    /// <param name="batchId">For the ids in the lines.</param>
    /// <param name="requests">All requests of the batch.</param>
    /// <param name="done">The number of requests that were reached.</param>
    /// <param name="unreached">Code and text for the others.</param>
    /// <param name="now">Seconds of Unix time.</param>
    public static BatchOutput Write(
        Seeded chance, double trouble, string batchId, IReadOnlyList<InputRequest> requests, int done, (string Code, string Text) unreached, long now)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        int completed = 0;
        // The lines are not in the order of the input: the API does not guarantee an order, so clients must not rely on one.
        InputRequest[] shuffled = [.. requests.OrderBy(request => chance.Share("order", batchId, request.CustomId))];
        for (int i = 0; i < shuffled.Length; i++)
        {
            InputRequest request = shuffled[i];
            string id = "batch_req_" + chance.Id("request", batchId, request.CustomId);
            if (i >= done)
            {
                Append(errors, Line(id, request, null, new JsonObject { ["code"] = unreached.Code, ["message"] = unreached.Text }));
            }
            else if (IsBroken(chance, trouble, request))
            {
                JsonObject body = ApiError.Body("The server had an error while processing your request. Sorry about that!", "server_error", null, null);
                Append(errors, Line(id, request, Response(chance, id, 500, body), null));
            }
            else
            {
                completed++;
                Append(output, Line(id, request, Response(chance, id, 200, Completion(chance, id, request, now)), null));
            }
        }

        return new BatchOutput(Encoding.UTF8.GetBytes(output.ToString()), Encoding.UTF8.GetBytes(errors.ToString()), completed, requests.Count - completed);
    }

    // One request in eighty never gets an answer, whichever batch it is in.
    private static bool IsBroken(Seeded chance, double trouble, InputRequest request) =>
        chance.Share("broken", request.CustomId, request.Text) / trouble < BrokenShare;

    private static void Append(StringBuilder lines, JsonObject line) => lines.Append(line.ToWire()).Append('\n');

    private static JsonObject Line(string id, InputRequest request, JsonObject? response, JsonObject? error) => new()
    {
        ["id"] = id,
        ["custom_id"] = request.CustomId,
        ["response"] = response,
        ["error"] = error,
    };

    private static JsonObject Response(Seeded chance, string id, int status, JsonObject body) => new()
    {
        ["status_code"] = status,
        ["request_id"] = "req_" + chance.Id("response", id),
        ["body"] = body,
    };

    private static JsonObject Completion(Seeded chance, string id, InputRequest request, long now)
    {
        string answer = Answer.To(request.Text);
        int asked = Answer.Tokens(request.Text), answered = Answer.Tokens(answer);
        return new JsonObject
        {
            ["id"] = "chatcmpl-" + chance.Id("completion", id),
            ["object"] = "chat.completion",
            ["created"] = now,
            ["model"] = request.Model,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = answer, ["refusal"] = null },
                ["logprobs"] = null,
                ["finish_reason"] = "stop",
            }),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = asked,
                ["completion_tokens"] = answered,
                ["total_tokens"] = asked + answered,
            },
            ["system_fingerprint"] = null,
        };
    }
}
