#!/usr/bin/env python3
"""Runs three tasks that do nothing on AntFlow for Python and on AntFlow.Dataflow, eight workers each, and prints the ratio.

    pip install antflow==0.7.2
    python3 benchmarks/python/compare.py [items]

For readers; not a part of the tests.
"""

import asyncio
import pathlib
import subprocess
import sys
import time

STAGES = 3
WORKERS = 8
VERSION = "0.7.2"
PROJECT = pathlib.Path(__file__).resolve().parent.parent / "AntFlow.Dataflow.Benchmarks"


async def add_one(value):
    await asyncio.sleep(0)
    return value + 1


async def run_python(items):
    """Seconds per item and stage."""
    from antflow import Pipeline, Stage

    pipeline = Pipeline(stages=[Stage(name=str(stage), workers=WORKERS, tasks=[add_one]) for stage in range(STAGES)])
    begin = time.perf_counter()
    results = await pipeline.run(range(items))
    seconds = time.perf_counter() - begin
    total = sum(result.value for result in results)
    expected = items * (items - 1) // 2 + STAGES * items
    if total != expected:
        sys.exit(f"The results of antflow add up to {total}; it must be {expected}.")
    return seconds / items / STAGES


def run_dotnet():
    """Seconds per item and stage, from a program that warms up first."""
    command = ["dotnet", "run", "-c", "Release", "--project", str(PROJECT), "--", "time"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.split()[-1]) / 1e9


def main():
    try:
        import antflow
    except ImportError:
        sys.exit(f"The Python package antflow is missing. Install it with: pip install antflow=={VERSION}")
    found = getattr(antflow, "__version__", "unknown")
    if found != VERSION:
        print(f"antflow is {found}; this was written for {VERSION}.")

    items = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    asyncio.run(run_python(items // 10))
    theirs = asyncio.run(run_python(items))
    ours = run_dotnet()
    print(f"antflow {found}:     {theirs * 1e6:10.3f} us per item and stage")
    print(f"AntFlow.Dataflow: {ours * 1e6:10.3f} us per item and stage")
    print(f"ratio:            {theirs / ours:10.1f}")


if __name__ == "__main__":
    main()
