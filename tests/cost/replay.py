"""Does again what recorder.mjs has recorded, in wasmtime, and counts:

    python3 replay.py TRACE SHIPPED COUNTING OUTPUT

SHIPPED is the wasm file of the package: there, instructions are counted, by wasmtime's fuel. COUNTING is the same
before wasm-opt, with a counter of allocations in it, which it exports. Both have to return what was recorded.
"""

import base64
import json
import math
import sys

from wasmtime import Config, Engine, Func, Instance, Module, Store, ValType

FUEL = 1 << 62
COUNTER = "allocations"


class Replay:
    """One case, in an instance of its own."""

    def __init__(self, engine, module, case):
        self.store = Store(engine)
        self.store.set_fuel(FUEL)
        self.case = case
        self.imports = []
        functions = [self.function(wanted) for wanted in module.imports]
        self.exports = Instance(self.store, module, functions).exports(self.store)
        self.memory = self.exports["memory"]

    def function(self, wanted):
        """What stands in for JavaScript: it does what was recorded."""

        def replay(*_):
            if not self.imports:
                raise Failure(self.case, f"{wanted.name} was not called when this was recorded")
            call = self.imports.pop(0)
            if call["name"] != wanted.name:
                raise Failure(self.case, f"calls {wanted.name} where {call['name']} was recorded")
            self.write(call["writes"])
            results = wanted.type.results
            return decode(call["result"], results[0]) if results else None

        return Func(self.store, wanted.type, replay)

    def write(self, writes):
        for start, piece in writes:
            self.memory.write(self.store, base64.b64decode(piece), start)

    def call(self, call):
        """Makes a call. Returns how many instructions it took."""
        function = self.exports[call["name"]]
        type_ = function.type(self.store)
        self.write(call["writes"])
        self.imports = list(call["imports"])
        arguments = [decode(*pair) for pair in zip(call["args"], type_.params)]
        before = self.store.get_fuel()
        result = function(self.store, *arguments)
        spent = before - self.store.get_fuel()
        expected = decode(call["result"], type_.results[0]) if type_.results else None
        if not is_same(result, expected):
            raise Failure(self.case, f"{call['name']} returns {result}; {expected} was recorded")
        if self.imports:
            raise Failure(self.case, f"{call['name']} does not call {self.imports[0]['name']}")
        return spent

    def allocations(self):
        return self.exports[COUNTER].value(self.store)


class Failure(Exception):
    def __init__(self, case, text):
        super().__init__(f"{case['name']}: the replay is not what was recorded: {text}")


def decode(text, type_):
    """A value of this type, from the text of a JavaScript number, as JavaScript converts it."""
    if type_ in (ValType.f32(), ValType.f64()):
        return float(text.replace("Infinity", "inf"))
    bits = 32 if type_ == ValType.i32() else 64
    number = whole(text) & ((1 << bits) - 1)
    return number - (1 << bits) if number >> (bits - 1) else number


def whole(text):
    try:
        return int(text)
    except ValueError:
        number = float(text.replace("Infinity", "inf"))
        return math.trunc(number) if math.isfinite(number) else 0


def is_same(result, expected):
    if isinstance(result, float) and isinstance(expected, float) and math.isnan(result):
        return math.isnan(expected)
    return result == expected


def count_instructions(engine, module, case):
    replay = Replay(engine, module, case)
    spent = [(call["label"], replay.call(call)) for call in case["calls"]]
    return sum(instructions for label, instructions in spent if label == "counted")


def count_allocations(engine, module, case):
    """Those of the setup, and those that count."""
    replay = Replay(engine, module, case)
    setup = 0
    for call in case["calls"]:
        if call["label"] == "counted" and setup == 0:
            setup = replay.allocations()
        replay.call(call)
    return setup, replay.allocations() - setup


def count_calls(case):
    """In both directions."""
    counted = [call for call in case["calls"] if call["label"] == "counted"]
    return len(counted) + sum(len(call["imports"]) for call in counted)


def main(trace, shipped, counting, output):
    config = Config()
    config.consume_fuel = True
    engine = Engine(config)
    shipped, counting = (Module.from_file(engine, file) for file in (shipped, counting))
    figures = {}
    with open(trace, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        setup, allocations = count_allocations(engine, counting, case)
        if setup == 0:
            raise Failure(case, "no allocation is seen where a verifier is made: are they all inlined?")
        figures[case["name"]] = {
            "instructions": count_instructions(engine, shipped, case),
            "calls": count_calls(case),
            "allocations": allocations,
        }
    with open(output, "w", encoding="utf-8") as file:
        json.dump(figures, file)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failure as failure:
        sys.exit(str(failure))
