"""How the package is built, and that nothing of the library is missing in it."""

import importlib.util
import pathlib

import pytest

import exdb

PYTHON = pathlib.Path(__file__).parent.parent


def module(name):
    """A module of the build, which is not installed."""
    found = importlib.util.spec_from_file_location(name, PYTHON / f"{name}.py")
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


@pytest.fixture
def hook():
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    return module("build_hook")


def test_without_cargo(hook, monkeypatch):
    monkeypatch.setenv("CARGO", "/nowhere/cargo")
    with pytest.raises(SystemExit, match="Install Rust"):
        hook.library()


def test_without_the_repository(hook, monkeypatch, tmp_path):
    monkeypatch.setattr(hook, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="no Cargo.toml.*checkout"):
        hook.library()


def test_what_cargo_says_is_not_hidden(hook, monkeypatch, tmp_path):
    (tmp_path / "Cargo.toml").write_text("nonsense")
    monkeypatch.setattr(hook, "PROJECT", tmp_path)
    with pytest.raises(SystemExit, match="cargo build .* failed|not on the PATH"):
        hook.library()


def test_every_function_is_declared():
    from exdb._capi import lib

    symbols = (PYTHON.parent / "tests" / "symbols.txt").read_text().split()
    # What generated C calls is not for others, and stands in a header of its own.
    private = (PYTHON.parent / "include" / "mcogen.h").read_text()
    missing = [name for name in symbols if name not in private and not hasattr(lib, name)]
    assert len(symbols) > 100 and missing == []


def test_conditions_and_comments_of_headers():
    plain = module("declarations").plain
    header = """
    #ifndef GUARD
    #define GUARD
    #define EMPTY
    #define ONE ((uint8)0x1u) /* one */
    #define TEXT "text"
    #ifdef __cplusplus
    extern "C" {
    #else
    EMPTY int f(int a, // argument
                int b);
    #endif
    #if defined(X)
    int g(void);
    #elif defined(Y)
    int h(void);
    #endif
    #endif
    """
    assert " ".join(" ".join(plain(header)).split()) == "#define ONE 0x1 int f(int a, int b);"


def test_version():
    version = next(line for line in (PYTHON.parent / "Cargo.toml").read_text().splitlines() if line.startswith("version"))
    assert version == f'version = "{exdb.__version__}"'
