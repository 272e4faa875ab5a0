#!/usr/bin/env python3
"""Converts Wycheproof's HMAC-SHA-256 vectors: `convert.py hmac_sha256_test.json > wycheproof_hmac_sha256.json`.

The file is https://github.com/C2SP/wycheproof/blob/main/testvectors_v1/hmac_sha256_test.json (Apache-2.0).
"""

import json
import sys

sys.dont_write_bytecode = True

from cases.external import body_hmac_group, body_hmac_test  # noqa: E402
from make import written  # noqa: E402

SOURCE = (
    "C2SP/wycheproof, testvectors_v1/hmac_sha256_test.json, Apache-2.0, converted by convert.py: a comment ends with "
    "the original's tcId and flags; the 87 full tags keep their result, the 87 tags cut to 128 bits are all refused, "
    "because a verifier takes whole tags only"
)


def convert(original):
    groups = {}
    for old in original["testGroups"]:
        for test in old["tests"]:
            comment = f"{test['comment'] or 'no comment'} (tcId {test['tcId']}, {', '.join(test['flags'])})"
            whole, right = old["tagSize"] == 256, test["result"] == "valid"
            new = body_hmac_test(comment, bytes.fromhex(test["msg"]), test["tag"], whole=whole, right=right)
            groups.setdefault(test["key"], []).append({"tcId": test["tcId"]} | new)
    return [body_hmac_group("mac", key, tests) for key, tests in groups.items()]


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    with open(arguments[0], encoding="utf-8") as file:
        original = json.load(file)
    sys.stdout.write(written({"source": SOURCE}, convert(original)))


if __name__ == "__main__":
    main(sys.argv[1:])
