"""pip's configuration is asked of pip: files, variables, and which of them counts."""

from pathlib import Path

import pytest

from engine.fetch import pip_settings
from engine.fetch.pip_settings import PIPS_OWN_INDEX, settings_of, without_password


@pytest.fixture
def pip_file(tmp_path: Path) -> object:
    """Only this file and the variables that are set here count."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("INDEX_URL", "EXTRA_INDEX_URL", "PROXY", "CERT", "TIMEOUT", "DEFAULT_TIMEOUT", "NO_INDEX"):
            patch.delenv(f"PIP_{name}", raising=False)
        patch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
        yield tmp_path / "pip.conf", patch


def test_what_pip_is_configured_to_counts(pip_file: tuple[Path, pytest.MonkeyPatch]) -> None:
    path, patch = pip_file
    path.write_text(
        "[global]\nindex-url = https://mirror.example/simple/\nextra-index-url =\n  https://one.example/s\n"
        "  https://two.example/s\ntimeout = 7\nproxy = proxy.example:3128\ncert = /a/b.pem\n"
        "[download]\ntimeout = 9\n[install]\nproxy = other.example\n"
    )
    found = pip_settings.pip_settings()
    assert found.indexes == ("https://mirror.example/simple", "https://one.example/s", "https://two.example/s")
    assert (found.timeout_s, found.proxy, found.certificate) == (9.0, "proxy.example:3128", "/a/b.pem")
    patch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    assert pip_settings.pip_settings().indexes[0] == "https://variable.example/simple"


def test_where_there_is_no_pip_its_variables_count(
    pip_file: tuple[Path, pytest.MonkeyPatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_file[1].setenv("PIP_INDEX_URL", "https://variable.example/simple")
    monkeypatch.setattr(pip_settings.sys, "executable", "/nowhere/python")
    assert pip_settings.pip_settings().indexes == ("https://variable.example/simple",)


def test_without_any_configuration_it_is_pips_own_index() -> None:
    assert settings_of({}).indexes == (PIPS_OWN_INDEX,)
    assert settings_of({"no-index": "true", "extra-index-url": "https://a.example"}).indexes == ()
    assert settings_of({"timeout": "soon"}).timeout_s == 15.0


def test_an_address_is_shown_without_name_and_password() -> None:
    assert without_password("https://me:pw@host.example:8443/simple?token=1") == "https://host.example:8443/simple"
