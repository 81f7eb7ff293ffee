"""Trees: JSON and TOML changed so that they are still JSON and TOML, mostly. Called by `mutations`."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.hostile import mutations

TEXTS = (
    "", "\0", "\n", "\u202egpj.exe", "a" * 10_000, "../../outside/secret", "/etc/passwd", "C:\\Windows\\x", "~", "%s%n",
    "file:///etc/passwd", "https://example.invalid/model", "\ud800", "__import__('os').system('true')", "{0.__class__}",
    "NaN", "1", "1e400", "🙂" * 30, "os.system", "builtins.eval", "torch.load",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 255, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**300, 0.5, -0.0, 1e-320, 1e308,
    math.nan, math.inf, -math.inf, [], {}, [[]], [None], [0] * 1000, [1.5, -1], {"name": "x"}, {"": {}}, *TEXTS,
)  # fmt: skip
TOKENS = (
    "0", "-1", "9" * 4000, "1" * 5000, "0x" + "f" * 500, "1e400", "nan", "-inf", "true", '""', "'x'", "[]", "{}",
    "1979-05-27T07:32:00Z", "[1, 'a', [2]]", "{a = {b = 1}}", '"\\u0000"', '"' + "a" * 5000 + '"',
    "[" * 100 + "]" * 100, "[" * 5000, '"../../outside"', '"/dev/zero"', '"""', "1_000_000_000_000", "0.5",
)  # fmt: skip


def json_text(content: bytes, random: Random) -> bytes:
    """A JSON with a value of another kind, a key more or less, or written as no JSON should be."""
    try:
        return _tree(content, random)
    except (ValueError, RecursionError):  # earlier mutations left no JSON, or one that cannot be written again
        return _text(content, random)


def _tree(content: bytes, random: Random) -> bytes:
    tree = json.loads(content)
    if random.random() < 0.15:
        return _text(content, random)
    if isinstance(tree, dict) and random.random() < 0.2 and (lied := _other_attachment(tree, random)):
        return lied
    places = list(_places(tree))
    if places:
        holder, key = random.choice(places)
        _change(holder, key, tree, random)
    plain = random.random() < 0.5
    return json.dumps(tree, ensure_ascii=plain, indent=random.choice((None, 2))).encode("utf-8", "surrogatepass")


def _change(holder: Any, key: Any, tree: Any, random: Random) -> None:
    old = holder[key]
    how = random.randrange(11)
    if how >= 8 and type(old) in (int, float, bool):
        holder[key] = random.choice((old + 1, old * 2, old / 2, -old, not old))
    elif how <= 3 or how >= 8:
        holder[key] = random.choice(VALUES)
    elif how == 4 and isinstance(holder, dict):
        holder[random.choice(TEXTS) or key] = holder.pop(key)
    elif how == 5:
        del holder[key]
    elif how == 6:
        holder[key] = [old] * random.choice((1, 2, 2000))
    else:
        other, name = random.choice(list(_places(tree)))
        holder[key] = json.loads(json.dumps(other[name]))


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (holder, key) in a tree."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            yield node, key
            waiting.append(node[key])


def _text(content: bytes, random: Random) -> bytes:
    """The text as a JSON should not be written."""
    text = content.decode("utf-8", "replace")
    member = random.choice(re.findall(r'"[^"\\]{0,40}": ?[^,{}\[\]]{1,40}', text) or ['"a": 1'])
    deep = random.choice((50, 900, 20_000))
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: b"\xef\xbb\xbf" + content,
        lambda: text.encode(random.choice(("utf-16", "utf-32", "utf-16-le", "utf-7"))),
        lambda: text.encode("latin-1", "replace") + b"\xff\xfe",
        lambda: text.replace("{", "{" + member + ",", 1).encode(),
        lambda: text.replace(": ", ": " + "[" * deep + "]" * deep + ", ", 1).encode(),
        lambda: ("[" * deep + text + "]" * deep).encode(),
        lambda: ('{"a":' * deep + text + "}" * deep).encode(),
        lambda: re.sub(
            r"\d+", lambda _: random.choice(("9" * 5000, "1e999", "NaN", "-Infinity", "0x1")), text, count=1
        ).encode(),
        lambda: text.replace("}", ",}", 1).encode(),
        lambda: (text + "\0" + text).encode(),
        lambda: b"",
        lambda: random.choice((b"null", b"0", b'"x"', b"[]", b"{}", b"[" * 100_000)),
    )
    return random.choice(ways)()


def _other_attachment(tree: dict[str, Any], random: Random) -> bytes | None:
    """The JSON of a Run with something else attached, under the right hash; None if nothing is attached."""
    carried = tree.get("attachments")
    if not isinstance(carried, dict) or not carried:
        return None
    name = random.choice(sorted(carried))
    try:
        held = base64.b64decode(carried[name])
    except (TypeError, ValueError):
        return None
    changed = mutations.mutated(held, "", random)
    tree["attachments"][name] = base64.b64encode(changed).decode()
    return json.dumps(tree).replace(name, hashlib.sha256(changed).hexdigest()).encode()


def toml(content: bytes, random: Random) -> bytes:
    """A TOML with a value of another kind, or lines more or less."""
    lines = content.decode("utf-8", "replace").split("\n")
    at = random.randrange(len(lines))
    key, equals, _ = lines[at].partition(" = ")
    how = random.randrange(6)
    if how <= 2 and equals:
        lines[at] = f"{key} = {random.choice(TOKENS)}"
    elif how == 3:
        lines.insert(random.randrange(len(lines)), lines[at])
    elif how == 4:
        lines.pop(at)
    else:
        extra = ("[a.b.c]", "[[network]]", "a." * 2000 + "b = 1", "x = 1", "\ufeff", "[data]", "name = 'x\0'", "# \x07")
        lines.insert(at, random.choice(extra))
    return "\n".join(lines).encode(random.choice(("utf-8",) * 8 + ("utf-16", "latin-1")), "replace")
