// A program that is compiled ahead of time: a run with checkpoints, which the first process stops and the second one finishes.
using Consumers;

await CheckpointedRun.RunAsync(args[0], isStopping: args[1] == "stop");
