#!/usr/bin/env python3
"""Measures the size and structure of the sources and prints them as a table.

    python3 contrib/measure.py [REVISION ...]

Without a revision it measures the working tree; each revision becomes a column of its own.
Lines of code leave out blanks, comments and tests (`tests.rs`, `tests/`, `#[cfg(test)]` items).
Functions are measured from the line of `fn` to their closing brace, without tests.
"""

import collections
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAMILIES = {
    "input preset": "availability/input/preset",
    "distribution": "stats/distribution",
    "block": "simulate/block",
    "fault": "chaos/fault",
    "format": "report/format",
}


def read_sources(revision):
    """Returns {path below src: text} of a revision, or of the working tree."""
    if revision is None:
        return {str(p.relative_to(ROOT / "src")): p.read_text() for p in sorted((ROOT / "src").rglob("*.rs"))}
    git = ["git", "-C", str(ROOT)]
    names = subprocess.check_output(git + ["ls-tree", "-r", "--name-only", revision, "src/"], text=True).split("\n")
    names = [n for n in names if n.endswith(".rs")]
    batch = "".join(f"{revision}:{n}\n" for n in names)
    out = subprocess.run(git + ["cat-file", "--batch"], input=batch.encode(), stdout=subprocess.PIPE, check=True).stdout
    texts, at = {}, 0
    for name in names:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[-1])
        texts[name[4:]] = out[end + 1 : end + 1 + size].decode()
        at = end + 1 + size + 1
    return texts


TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>b?r(?P<hashes>\#*)".*?"(?P=hashes))
      | (?P<string>b?"(?:\\.|[^"\\])*")
      | (?P<char>b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\])')
    """,
    re.S | re.X,
)


def blank_out(text):
    """Replaces comments by blanks and the inside of literals by `x`, so that braces and words left are code."""

    def replace(match):
        keep = "" if match.group("comment") else "x"
        return "".join(c if c == "\n" else keep or " " for c in match.group())

    return TOKEN.sub(replace, text)


def without_tests(code):
    """Blanks every item under `#[cfg(test)]`."""
    out = code
    for match in reversed(list(re.finditer(r"#\[cfg\(test\)\]", code))):
        at = match.end()
        brace, semicolon = out.find("{", at), out.find(";", at)
        end = semicolon if brace < 0 or 0 <= semicolon < brace else closing(out, brace)
        out = out[: match.start()] + re.sub(r"[^\n]", " ", out[match.start() : end + 1]) + out[end + 1 :]
    return out


def closing(code, brace):
    """Returns the index of the brace that closes the one at `brace`."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, brace):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def functions(code):
    """Yields (lines, parameters) of each function with a body."""
    for match in re.finditer(r"\bfn\s+\w+", code):
        opening = code.find("(", match.end())
        depth, at = 0, opening
        while at < len(code):
            depth += code[at] in "([{"
            depth -= code[at] in ")]}"
            if depth == 0:
                break
            at += 1
        brace, semicolon = code.find("{", at), code.find(";", at)
        if brace < 0 or 0 <= semicolon < brace:
            continue
        end = closing(code, brace)
        parameters = split_top(code[opening + 1 : at])
        yield code.count("\n", match.start(), end) + 1, len(parameters)


def split_top(text):
    """Splits at the commas that stand outside all brackets."""
    parts, depth, part = [], 0, ""
    for at, c in enumerate(text):
        if c in "([{<" or (c == ">" and text[at - 1] != "-") or c in ")]}":
            depth += 1 if c in "([{<" else -1
        if c == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += c
    return [p for p in parts + [part] if p.strip()]


def imports(sources):
    """Returns {module file: set of module files that it names by a path}."""
    module_of = {}
    for path in sources:
        parts = path[:-3].split("/")
        if parts[-1] in ("mod", "lib", "main"):
            parts = parts[:-1]
        if path != "main.rs":
            module_of[tuple(parts)] = path
    uses = collections.defaultdict(set)
    for path, text in sources.items():
        code = without_tests(blank_out(text))
        here = next((m for m, p in module_of.items() if p == path), ())
        for names in paths_used(code, here):
            target = resolve(names, module_of, here, path)
            if target is not None and target != path:
                uses[path].add(target)
    return uses


def resolve(names, module_of, here, path):
    """Returns the file of the deepest module on a path. A parent that only re-exports is looked through."""
    for length in range(len(names), 0, -1):
        if tuple(names[:length]) in module_of:
            return module_of[tuple(names[:length])]
    return None


def paths_used(code, here):
    """Yields the absolute module paths of `use` trees and of qualified names in the code."""
    for match in re.finditer(r"\buse\s+([^;]+);", code):
        for names in expand(re.sub(r"\s+", " ", match.group(1)).strip()):
            absolute = make_absolute(names, here)
            if absolute is not None:
                yield absolute
    for match in re.finditer(r"\b((?:crate|super|self)(?:::\w+)+)", re.sub(r"\buse\s+[^;]+;", "", code)):
        absolute = make_absolute(match.group(1).split("::"), here)
        if absolute is not None:
            yield absolute


def make_absolute(names, here):
    if names[0] == "crate":
        return names[1:]
    if names[0] not in ("self", "super"):
        return None
    base = list(here)
    for at, name in enumerate(names):
        if name == "super":
            base = base[:-1]
        elif name != "self":
            return base + names[at:]
    return base


def expand(tree):
    """Expands `a::{b, c::d}` into its paths."""
    brace = tree.find("{")
    if brace < 0:
        return [[n.split(" as ")[0].strip() for n in tree.split("::")]]
    head = [n for n in tree[:brace].split("::") if n.strip()]
    return [head + tail for part in split_top(tree[brace + 1 : tree.rindex("}")]) for tail in expand(part.strip())]


def circles(uses):
    """Returns the strongly connected components of more than one file (Tarjan 1972), parents and their children apart."""
    index, low, stack, found, result = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        found.add(node)
        for other in uses.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in found:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = []
            while True:
                part.append(stack.pop())
                found.discard(part[-1])
                if part[-1] == node:
                    break
            if len(part) > 1:
                result.append(sorted(part))

    sys.setrecursionlimit(10_000)
    for node in sorted(uses):
        if node not in index:
            visit(node)
    return result


def measure(revision):
    sources = read_sources(revision)
    production = {p: t for p, t in sources.items() if not re.search(r"(^|/)tests?(\.rs|/|_)|_tests\.rs", p)}
    code = {p: without_tests(blank_out(t)) for p, t in production.items()}
    lines = {p: sum(1 for line in c.split("\n") if line.strip()) for p, c in code.items()}
    comments = sum(1 for t in production.values() for line in t.split("\n") if line.lstrip().startswith("//"))
    inner = sum(
        1 for t in production.values() for line in t.split("\n") if re.match(r"\s*//(?![/!])", line)
    )
    measured = [f for c in code.values() for f in functions(c)]
    lengths = sorted(n for n, _ in measured)
    uses = imports(production)
    rows = collections.OrderedDict()
    rows["lines of code"] = sum(lines.values())
    for layer in sorted({p.split("/")[0] for p in lines if "/" in p}):
        rows[f"  {layer}"] = sum(n for p, n in lines.items() if p.startswith(layer + "/"))
    rows["lines of comments"] = comments
    rows["  of these inside, not documentation"] = inner
    rows["files"] = len(production)
    rows["functions"] = len(lengths)
    rows["  median lines"] = int(statistics.median(lengths))
    rows["  90th percentile"] = lengths[int(0.9 * len(lengths))]
    rows["  longest"] = lengths[-1]
    rows["  most parameters"] = max(n for _, n in measured)
    rows["public items"] = sum(
        len(re.findall(r"^\s*pub (?:const |async |unsafe )*(?:fn|struct|enum|trait|type|static|mod|const)\b", c, re.M))
        for c in code.values()
    )
    found = circles(uses)
    rows["circles of imports between files"] = len(found)
    for name, folder in FAMILIES.items():
        members = [p for p in production if p.startswith(folder + "/") and not p.endswith("mod.rs")]
        rows[f"files of family {name}"] = len(members)
    return rows, found


def main():
    revisions = sys.argv[1:] or [None]
    columns = [measure(r) for r in revisions]
    heads = [r or "working tree" for r in revisions]
    print("| measure | " + " | ".join(heads) + " |")
    print("|---|" + "--:|" * len(heads))
    for key in dict.fromkeys(k for rows, _ in columns for k in rows):
        label = "&nbsp;&nbsp;" + key.strip() if key.startswith(" ") else key
        print(f"| {label} | " + " | ".join(f"{rows.get(key, 0):,}" for rows, _ in columns) + " |")
    for head, (_, found) in zip(heads, columns):
        for part in found:
            print(f"circle in {head}: " + " ".join(part), file=sys.stderr)


main()
