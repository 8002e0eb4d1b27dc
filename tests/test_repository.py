"""The repository itself: what its files may hold, and that what they say is so."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
ALLOWED = {
    *("LICENSE", "README.md", "pyproject.toml"),
    *("config", "deploy", "gateway", "providers", "tests"),
}
# In parts, so that this file does not hold what it looks for.
REGISTRIES = ("://" + "pypi", "python" + "hosted", "npm" + "js")
FOLDERS = ("home", "root", "work")
FORBIDDEN = re.compile(
    rb"%b|(?<![\w.~-])/(?:%b)/"
    % ("|".join(REGISTRIES).encode(), "|".join(FOLDERS).encode())
)
MAP_LINE = re.compile(r"(?P<indent>[\s│├└─|`+-]*)(?P<names>\S+(?: \S+)*)")
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
PINNED = re.compile(
    r"^(?P<name>[a-z0-9.-]+)(?:\[[^\]]*\])?==\S+(?P<hashes>(?: \\\n\s+--hash=\S+)+)$",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git tracks and that is there."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607  # whichever git made the clone
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().rstrip("\0").split("\0")
    return [path for name in names if (path := REPOSITORY / name).is_file()]


def test_only_the_agreed_names_stand_at_the_top(tracked: list[Path]) -> None:
    names = {path.relative_to(REPOSITORY).parts[0] for path in tracked}

    assert {name for name in names if not name.startswith(".")} <= ALLOWED


def test_no_file_holds_a_registry_address_or_a_machines_path(
    tracked: list[Path],
) -> None:
    found = {
        str(path.relative_to(REPOSITORY)): held[0].decode()
        for path in tracked
        if (held := FORBIDDEN.search(path.read_bytes()))
    }

    assert not found


@pytest.mark.parametrize(
    "text",
    [
        *(f"https{REGISTRIES[0]}.org/simple", f"files.{REGISTRIES[1]}.org"),
        *(f"/{folder}/main" for folder in FOLDERS),
        f"file:///{FOLDERS[0]}/joe",
    ],
)
def test_a_registry_address_and_a_machines_path_are_known_as_such(text: str) -> None:
    assert FORBIDDEN.search(f"x = '{text}'".encode())


@pytest.mark.parametrize("package", ["gateway", "providers"])
def test_a_package_says_that_it_is_typed(tracked: list[Path], package: str) -> None:
    assert REPOSITORY / package / "py.typed" in tracked


def test_a_folder_of_the_project_is_no_machines_path() -> None:
    assert not FORBIDDEN.search(f"src/{FOLDERS[1]}/x".encode())


def test_the_lock_names_every_dependency_with_its_hashes() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    lock = (REPOSITORY / "deploy" / "requirements.lock").read_text("utf-8")

    pinned = {found["name"] for found in PINNED.finditer(lock)}

    assert pinned >= set(map(to_name, project["project"]["dependencies"]))
    assert len(pinned) == len(re.findall(r"^[^\s#]", lock, re.MULTILINE))


def test_the_lock_holds_no_address_and_no_path() -> None:
    lock = (REPOSITORY / "deploy" / "requirements.lock").read_text("utf-8")

    assert not re.search(r"://|^-|@ |(?<![\w.])/", lock, re.MULTILINE)


def test_the_readmes_map_names_what_there_is() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")

    paths = list(to_paths(to_tree(readme)))

    assert len(paths) >= 10
    assert not [path for path in paths if not (REPOSITORY / path).exists()]


FOLDERS = (
    "gateway",
    "gateway/api",
    "gateway/client",
    "gateway/jobs",
    "deploy",
    "providers",
    "tests/benchmarks",
)


def test_the_readme_is_short_and_leads_to_the_others() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")

    assert len(text.splitlines()) <= 220
    for folder in FOLDERS:
        assert f"({folder}/README.md)" in text


@pytest.mark.parametrize(
    "path",
    [REPOSITORY / "README.md", *(REPOSITORY / f / "README.md" for f in FOLDERS)],
    ids=str,
)
def test_what_a_readme_links_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))

    assert [one for one in links if not (path.parent / one).exists()] == []


def test_contributing_and_the_readme_tell_the_same_test_command() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    contributing = (REPOSITORY / ".github" / "CONTRIBUTING.md").read_text("utf-8")

    command = to_block(readme, "Test").splitlines()[0]

    assert "pytest" in command
    assert command in contributing


@pytest.mark.parametrize(
    "tree",
    [
        "a.toml   what it is\nb/\n  c/   PURE: no I/O\n    d.py e.py   two\n  f/ g/   more",
        "a.toml\nb/\n├── c/       # PURE: no I/O\n│   └── d.py e.py\n└── f/ g/",
    ],
)
def test_a_map_is_read_as_paths(tree: str) -> None:
    paths = list(to_paths(tree))

    assert paths == ["a.toml", "b", "b/c", "b/c/d.py", "b/c/e.py", "b/f", "b/g"]


def to_name(requirement: str) -> str:
    found = REQUIREMENT.match(requirement)
    assert found is not None
    return re.sub(r"[._-]+", "-", found[0]).lower()


def to_block(readme: str, heading: str) -> str:
    """Return the first fenced block under a heading."""
    section = readme.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.search(r"^```\w*\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found is not None, f"README.md has no fenced block under {heading}"
    return found[1]


def to_tree(readme: str) -> str:
    return to_block(readme, "Map")


def to_paths(tree: str) -> Iterator[str]:
    """Read an indented tree; what stands two spaces behind a name is a remark."""
    folders: list[tuple[int, str]] = []
    for line in tree.splitlines():
        found = MAP_LINE.match(line)
        if found is None:
            continue
        indent = len(found["indent"])
        folders = [(depth, name) for depth, name in folders if depth < indent]
        above = folders[-1][1] if folders else ""
        names = [name for name in found["names"].split() if is_path(name)]
        yield from (f"{above}{name}".rstrip("/") for name in names)
        if names and names[0].endswith("/"):
            folders.append((indent, f"{above}{names[0]}"))


def is_path(name: str) -> bool:
    """Tell a path from a word of a remark, a pattern, or a place to fill in."""
    is_plain = re.fullmatch(r"[\w./-]+", name) is not None
    return is_plain and ("." in name.strip(".") or name.endswith("/"))
