#!/usr/bin/env python3
"""Makes the corpus: `make.py` writes the files, `make.py --check` says whether they are what it would write.

Standard library only, and deterministic. What is sent and what must come of it stands in the tables in `cases/`.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from cases import bodies, external, headers, ids, macs, rfc3339, secrets, signatures, timestamps, types, windows  # noqa: E402
from cases.model import BOATEROS, PEEKER, STANDARD  # noqa: E402

HERE = Path(__file__).parent

PUBLISHED = "tests of the Standard Webhooks reference libraries and of the Svix documentation, named in their comments"
OWN = "made by make.py with Python's hmac and hashlib; recomputed by check.mjs with node:crypto"


def own(scheme):
    tables = [bodies, macs, signatures, headers, windows, types, secrets]
    yield from (group for table in tables for group in table.groups(scheme))
    if scheme is BOATEROS:
        yield from rfc3339.groups()
    else:
        yield from timestamps.groups(scheme)
        yield from ids.groups(scheme)


def corpus():
    script = {"script": "tests/vectors/make.py"}
    yield (
        "rfc4231.json",
        {"source": "RFC 4231 section 4, test cases 1 to 7, the HMAC-SHA-256 values"},
        external.rfc4231(),
    )
    for scheme, stem in ((PEEKER, "peeker"), (BOATEROS, "boateros")):
        yield f"{stem}.json", {"source": OWN} | script, own(scheme)
    groups = [*external.standard_webhooks(), *own(STANDARD)]
    yield "standard_webhooks.json", {"source": f"{PUBLISHED}; the rest {OWN}"} | script, groups


def written(head, groups):
    """JSON with one test on a line, in ASCII, so that a change shows as the lines that changed."""
    number = 0
    lines = []
    for group in groups:
        tests = []
        for test in group["tests"]:
            number += 1
            tests.append(json.dumps({"tcId": number} | test))
        rest = json.dumps({name: value for name, value in group.items() if name != "tests"})[1:-1]
        block = "[\n" + ",\n".join(tests) + "\n]" if tests else "[]"
        lines.append(f'{{{rest}, "tests": {block}}}')
    return json.dumps(head)[:-1] + ', "testGroups": [\n' + ",\n".join(lines) + "\n]}\n"


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(f"usage: {sys.argv[0]} [--check]")
    stale = False
    for name, head, groups in corpus():
        text = written(head, list(groups))
        if arguments:
            same = (HERE / name).read_text(encoding="ascii") == text
            print(f"{name}: {'as made' if same else 'differs from what make.py makes'}")
            stale |= not same
        else:
            (HERE / name).write_text(text, encoding="ascii", newline="\n")
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
