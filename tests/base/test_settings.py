"""The settings as a process starts with them: a copy in a folder of its own, so that no developer's .env counts."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import clavitor

PRODUCTION = {
    "SECRET_KEY": "a-key-of-production",
    "ALLOWED_HOSTS": "corporate.example.com,www.example.com",
    "DATABASE_URL": "postgres://clavitor:hidden@db.example.com:6432/registry",
}
NAMES = (
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASES", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "STATIC_ROOT", "USE_TZ", "TIME_ZONE", "AUTH_USER_MODEL",
)  # fmt: skip
SHOW = f"""
import json, clavitor.settings as settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES}}}, default=str))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with nothing but the settings and the modules beside them."""
    (tmp_path / "clavitor").mkdir()
    for module in Path(clavitor.__file__).parent.glob("*.py"):
        shutil.copy(module, tmp_path / "clavitor")
    return tmp_path


def start(project: Path, **variables: str) -> subprocess.Popen[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", SHOW], cwd=project, env={**clean, **variables}, text=True, **pipes)


def shown(project: Path, **variables: str) -> dict[str, object]:
    """The settings with that environment, and nothing else in it."""
    process = start(project, **variables)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)


def refusal(project: Path, **variables: str) -> str:
    """What a start with that environment ends with."""
    process = start(project, **variables)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    return err.strip().splitlines()[-1]


@pytest.mark.parametrize("missing", PRODUCTION)
@pytest.mark.parametrize("how", ["unset", "empty"])
def test_production_refuses_to_start_without_each_variable_and_names_it(project: Path, missing: str, how: str) -> None:
    variables = {name: value for name, value in PRODUCTION.items() if name != missing}
    said = refusal(project, **variables, **({missing: ""} if how == "empty" else {}))
    assert f"DEBUG is off and {missing} is not set" in said
    assert "DEBUG=1" in said
    assert "hidden" not in said
    assert PRODUCTION["SECRET_KEY"] not in said


def test_production_names_all_that_are_missing_at_once(project: Path) -> None:
    assert "SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL are not set" in refusal(project)
    assert "SECRET_KEY, DATABASE_URL are not set" in refusal(project, ALLOWED_HOSTS="example.com", DEBUG="0")


def test_production_takes_its_variables_and_sends_nobody_over_plain_http(project: Path) -> None:
    settings = shown(project, **PRODUCTION)
    assert settings["DEBUG"] is False
    assert settings["SECRET_KEY"] == "a-key-of-production"
    assert settings["ALLOWED_HOSTS"] == ["corporate.example.com", "www.example.com"]
    assert (
        settings["SECURE_SSL_REDIRECT"] is settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    )
    assert settings["SECURE_HSTS_SECONDS"] > 0
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", 6432, "registry")
    assert "EMBEDDED_DATA_DIR" not in database


def test_debug_needs_no_other_variable(project: Path) -> None:
    settings = shown(project, DEBUG="1")
    assert settings["DEBUG"] is True
    assert settings["ALLOWED_HOSTS"]
    assert settings["SECURE_SSL_REDIRECT"] is False
    assert settings["DATABASES"]["default"]["EMBEDDED_DATA_DIR"] == str(project / ".data")


def test_times_are_utc_and_people_are_humans(project: Path) -> None:
    settings = shown(project, DEBUG="1")
    assert (settings["USE_TZ"], settings["TIME_ZONE"], settings["AUTH_USER_MODEL"]) == (True, "UTC", "tenancy.Human")


def test_the_data_folder_can_be_elsewhere(project: Path, tmp_path: Path) -> None:
    settings = shown(project, DEBUG="1", CLAVITOR_DATA_DIR=str(tmp_path / "elsewhere"))
    assert settings["DATABASES"]["default"]["EMBEDDED_DATA_DIR"] == str(tmp_path / "elsewhere")
    assert not (project / ".data").exists()


def test_a_dotenv_file_is_read_and_the_environment_goes_before_it(project: Path) -> None:
    (project / ".env").write_text("DEBUG=1\nSECRET_KEY=from-the-file\nALLOWED_HOSTS=file.example.com\n")
    settings = shown(project, ALLOWED_HOSTS="environment.example.com")
    assert settings["SECRET_KEY"] == "from-the-file"
    assert settings["ALLOWED_HOSTS"] == ["environment.example.com"]


def test_a_developers_key_is_made_once_and_is_theirs_alone(project: Path) -> None:
    together = [start(project, DEBUG="1") for _ in range(4)]
    keys = {json.loads(process.communicate(timeout=60)[0])["SECRET_KEY"] for process in together}
    assert keys == {shown(project, DEBUG="1")["SECRET_KEY"]}
    assert len(keys.pop()) > 50
    kept = list((project / ".data").iterdir())
    assert [file.name for file in kept] == ["secret_key"], "and nothing half-made stays beside it"
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
