#!/usr/bin/env python3
"""Makes requests.jsonl from the text of "Pride and Prejudice"; SOURCE.md describes the source.

    make-requests.py Rdata.rdb > requests.jsonl

Rdata.rdb is the data file of the R package janeaustenr: zlib streams, each after four bytes of length, each
holding one serialized R vector of lines. The same input gives the same output, byte for byte.
"""
import json
import re
import struct
import sys
import zlib

TITLE = "PRIDE AND PREJUDICE"
WORDS_A_PASSAGE = 22
MODEL = "gpt-4o-mini"
TASK = "Count the words of this passage, name its most frequent word of five or more letters, and quote its first sentence."


def vectors(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        stream = zlib.decompressobj()
        vector = stream.decompress(data[at + 4:])
        at = len(data) - len(stream.unused_data)
        yield lines(vector)


def lines(vector):
    # A character vector: its tag (0x10), its length, then for each line four bytes of flags, its length, its bytes.
    at = vector.index(b"\x00\x00\x00\x10") + 4
    (count,) = struct.unpack(">I", vector[at:at + 4])
    at += 4
    for _ in range(count):
        (size,) = struct.unpack(">I", vector[at + 4:at + 8])
        yield vector[at + 8:at + 8 + size].decode("utf-8")
        at += 8 + size


def sentences(paragraph):
    # A full stop after a title does not end a sentence.
    return re.split(r"(?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)(?<=[.!?\"])\s+(?=[A-Z\"'])", paragraph)


def passages(text):
    """(chapter, passage): whole sentences of one chapter, gathered until there are enough words."""
    for number, chapter in enumerate(re.split(r"\n+Chapter \d+\n+", text)[1:], start=1):
        gathered = ""
        for paragraph in re.split(r"\n\s*\n", chapter.strip()):
            for sentence in sentences(" ".join(paragraph.split())):
                gathered = f"{gathered} {sentence}".strip()
                if len(gathered.split()) >= WORDS_A_PASSAGE:
                    yield number, gathered
                    gathered = ""
        if gathered:
            yield number, gathered


def main(path):
    text = next("\n".join(book) for book in map(list, vectors(path)) if book[0] == TITLE).replace("_", "")
    seen, chapter, count = set(), 0, 0
    for number, passage in passages(text):
        count = 1 if number != chapter else count + 1
        chapter = number
        if passage in seen:
            continue
        seen.add(passage)
        print(json.dumps({
            "custom_id": f"pride-{number:02}-{count:03}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": MODEL, "messages": [{"role": "system", "content": TASK}, {"role": "user", "content": passage}], "max_completion_tokens": 120},
        }, ensure_ascii=False, separators=(",", ":")))


main(sys.argv[1])
