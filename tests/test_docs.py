"""The documents say what is: their links lead somewhere, and what they list is all there is, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from clavitor.base import content
from clavitor.importer import report
from tests.test_schema_conformance import DIFFERENCES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda path: path.relative_to(ROOT).as_posix()
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
SCRIPT = re.compile(r"\b(scripts/[a-z]+)")

# What reads variables of the service's own; the rest of the environment belongs to the machine.
READERS = ["clavitor/settings.py", "clavitor/asgi.py", "clavitor/demo/ports.py", *map(
    "sync/management/commands/{}.py".format, ("serve", "follow_pop")
)]  # fmt: skip
READ = re.compile(r"""(?:\benv\.[a-z]+\(|\benviron\.(?:get|setdefault)\(|\benviron\[)\s*"([A-Z_]+)\"""")


def read(path: str) -> str:
    return (ROOT / path).read_text()


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no heading {heading!r}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(text: str) -> list[str]:
    """What stands in backticks in the first column of each table row."""
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for target in LINK.findall(FENCED.sub("", path.read_text())):
            yield path.relative_to(ROOT).as_posix(), target


@pytest.mark.parametrize(("document", "target"), sorted(set(links())))
def test_a_link_leads_to_a_file_of_ours_and_to_a_heading_of_it(document: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    found = (ROOT / document).parent / path if path else ROOT / document
    assert found.exists(), f"{document} links to {target}, which isn't there"
    assert not anchor or anchor in anchors(found), f"{document} links to {target}: no such heading"


def test_the_documents_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/sync-protocol.md", "docs/adr/0001-engine.md"} <= {
        path.relative_to(ROOT).as_posix() for path in DOCUMENTS
    }


def test_every_command_that_is_named_exists() -> None:
    named = {name for path in [*DOCUMENTS, ROOT / ".env.example"] for name in COMMAND.findall(path.read_text())}
    assert named >= {"serve", "follow_pop", "create_pop", "create_operator", "import_corporate", "seal"}
    assert named <= set(get_commands())


def test_every_script_that_is_named_exists() -> None:
    named = {name for path in DOCUMENTS for name in SCRIPT.findall(path.read_text())}
    assert named >= {"scripts/demo", "scripts/test", "scripts/check"}
    assert not {name for name in named if not (ROOT / name).is_file()}


def test_env_example_has_each_variable_that_is_read_and_no_other() -> None:
    variables = {name for path in READERS for name in READ.findall(read(path))}
    explained = re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.MULTILINE)
    assert {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CLAVITOR_DATA_DIR"} <= variables
    assert sorted(explained) == sorted(variables)


def test_nobody_else_reads_variables() -> None:
    """A new reader must be listed above, or its variables would go unexplained."""
    apps = [path for app in ("clavitor", "tenancy", "billing", "vaults", "sync") for path in (ROOT / app).rglob("*.py")]
    readers = {path.relative_to(ROOT).as_posix() for path in apps if set(READ.findall(path.read_text()))}
    assert readers - {"clavitor/wsgi.py"} == set(READERS)  # that one names the settings' module alone


@pytest.mark.parametrize("requirements", ["requirements.in", "requirements-dev.in"])
def test_each_dependency_has_its_reason(requirements: str) -> None:
    needed = re.findall(r"^([a-z][a-z0-9-]*)", read(requirements), re.MULTILINE)
    runtime, _, tests = section(read("docs/architecture.md"), "## Dependencies").partition("Needed for tests")
    told = first_cells(tests if requirements == "requirements-dev.in" else runtime)
    assert sorted(told) == sorted(needed)


def test_every_table_and_column_that_is_added_to_the_schema_is_told() -> None:
    added = {what for what in DIFFERENCES if " " not in what}
    assert set(first_cells(section(read("docs/architecture.md"), "## What is added to the schema"))) == {
        *added, "trialing",
    }  # fmt: skip


def test_every_key_like_word_is_told() -> None:
    told = section(read("docs/architecture.md"), "## What never comes in")
    words, before_key = re.findall(r"^(`[a-z0-9`, ]+`)$", told, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", words)) == content.WORDS
    assert set(re.findall(r"`(\w+)`", before_key)) == content.WORDS_BEFORE_KEY


@pytest.mark.parametrize(
    ("heading", "codes"),
    [("### Errors: nothing is imported", report.ERRORS), ("### Notices: nothing is stopped", report.NOTICES)],
)
def test_every_code_of_the_importers_report_is_told(heading: str, codes: dict[str, str]) -> None:
    assert first_cells(section(read("docs/import.md"), heading)) == list(codes)
