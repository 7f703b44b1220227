"""Reads tests/schema.sql, the contract, into plain facts. It knows each form of line that occurs, and no other."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.sql")

TABLE = re.compile(r"CREATE TABLE (\w+) \($")
INDEX = re.compile(r"CREATE INDEX (\w+) ON (\w+)\((.+)\);$")
UNIQUE = re.compile(r"UNIQUE\((.+)\)$")
COLUMN = re.compile(r"(\w+)\s+(INTEGER|TEXT|BLOB)\b\s*(.*?),?$")
CLAUSE = re.compile(r"(PRIMARY|NOT|UNIQUE|DEFAULT|REFERENCES)(?: (?:KEY|NULL|('[^']*'|\d+)|(\w+)\((\w+)\)))?")
ROLE = re.compile(r"\(lib\.NewID\(\), '(\w+)', '(\{.*\})', '(.*)', strftime\('%s', 'now'\)\)[,;]$")
# "active, suspended, archived", "Hierarchy depth: 1=MSP, 2=Customer"; after " - " it explains; "etc." leaves it open.
CLOSED_LIST = re.compile(r"(?:[\w ]+: )?(\w+(?:=\w+)?(?:, \w+(?:=\w+)?)+)(?: - .*)?$")
TYPES = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}
TIME = "timestamp with time zone"


@dataclass
class Seed:
    """`facts` is what must hold, as text that says it -> its value; `indexes` is name -> "table (columns)"."""

    facts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    roles: dict[str, tuple[dict[str, bool], str]] = field(default_factory=dict)


def read(text: str) -> Seed:
    """Parse the schema. Raises ValueError for a line of no known form."""
    seed, table = Seed(), ""
    for line in text.splitlines():
        code, _, comment = (part.strip() for part in line.partition("--"))
        if match := TABLE.match(code):
            table = match[1]
            seed.tables[table] = []
        elif match := INDEX.match(code):
            seed.indexes[match[1]] = f"{match[2]} ({match[3]})"
        elif match := ROLE.match(code):
            seed.roles[match[1]] = (json.loads(match[2]), match[3])
        elif code not in ("", ");") and not code.startswith("INSERT INTO roles ("):
            _read_line_of_table(seed, table, code, comment)
    return seed


def _read_line_of_table(seed: Seed, table: str, code: str, comment: str) -> None:
    if match := UNIQUE.match(code):
        seed.facts[f"{table} unique ({match[1]})"] = "yes"
    elif (match := COLUMN.match(code)) and not CLAUSE.sub("", match[3]).strip():
        seed.tables[table].append(match[1])
        seed.facts.update(_column(table, match[1], match[2], list(CLAUSE.finditer(match[3]))))
        if values := closed_list(comment):
            seed.facts[f"{table}.{match[1]} values"] = ", ".join(sorted(values))
    else:
        raise ValueError(f"schema.sql has a line of unknown form: {code!r}")


def _column(table: str, name: str, declared: str, clauses: list[re.Match[str]]) -> dict[str, str]:
    of = {clause[1]: clause for clause in clauses}
    is_time = declared == "INTEGER" and name.endswith("_at")
    facts = {
        f"{table}.{name} type": TIME if is_time else TYPES[declared],
        f"{table}.{name} not null": "yes" if {"NOT", "PRIMARY"} & set(of) else "no",
        f"{table}.{name} default": of["DEFAULT"][2].strip("'") if "DEFAULT" in of else "none",
    }
    if "PRIMARY" in of:
        facts[f"{table} primary key"] = name
    if "UNIQUE" in of:
        facts[f"{table} unique ({name})"] = "yes"
    if "REFERENCES" in of:
        facts[f"{table} ({name}) references"] = f"{of['REFERENCES'][3]} ({of['REFERENCES'][4]})"
    return facts


def closed_list(comment: str) -> list[str]:
    """The values that a comment lists; none if it lists none, or an open list."""
    match = CLOSED_LIST.match(comment)
    return [item.split("=")[0] for item in match[1].split(", ")] if match else []
