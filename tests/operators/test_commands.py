"""Commands either know which site they are for, or do nothing."""

import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def loaded(path: str) -> ModuleType:
    loader = SourceFileLoader(Path(path).stem.replace("-", "_"), str(ROOT / path))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def manage():
    return loaded("manage.py")


@pytest.fixture
def wrapper():
    return loaded("deploy/prevent-manage")


@pytest.mark.parametrize("command", ["backup", "restore", "run_due_jobs", "copy_database"])
def test_in_an_empty_environment_a_data_command_says_what_it_lacks(command, tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command],
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"use prevent-manage {command}" in done.stderr
    assert "DJANGO_SETTINGS_MODULE is not set" in done.stderr


def test_other_commands_run_with_development_settings_on_a_developers_machine(manage):
    assert manage.refusal("migrate") is None


def test_no_command_runs_with_development_settings_on_a_production_machine(
    manage, monkeypatch, tmp_path
):
    (tmp_path / "environment").touch()
    monkeypatch.setattr(manage, "PRODUCTION", str(tmp_path / "environment"))
    assert "prevent-manage migrate" in manage.refusal("migrate")


def test_the_wrapper_reads_settings_as_systemd_does(wrapper, tmp_path):
    path = tmp_path / "environment"
    path.write_text("# Keys\nSECRET_KEY=a$b=c#d\n\nSIGN_IN_NAME=\"Council CMS\"\n ; note\nX='y'\n")
    assert wrapper.read_settings(str(path)) == {
        "SECRET_KEY": "a$b=c#d",
        "SIGN_IN_NAME": "Council CMS",
        "X": "y",
    }


def test_the_wrapper_names_a_line_it_cannot_read(wrapper, tmp_path):
    path = tmp_path / "environment"
    path.write_text("A=1\nexport B=2\n")
    with pytest.raises(SystemExit, match="line 2, is not of the form NAME=value"):
        wrapper.read_settings(str(path))


def test_the_wrapper_accepts_another_release_and_other_settings(wrapper):
    words = ["--release", "/srv/prevent/releases/2", "VAR_DIR=/srv/copy", "restore", "a=b.tar"]
    assert wrapper.arguments_of(words) == (
        {"--release": "/srv/prevent/releases/2", "--settings": "/etc/prevent/environment"},
        {"VAR_DIR": "/srv/copy"},
        ["restore", "a=b.tar"],
    )


def test_without_a_command_the_wrapper_explains_itself(wrapper):
    with pytest.raises(SystemExit, match="Usage: prevent-manage"):
        wrapper.arguments_of(["A=1"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look like someone else")
def test_only_root_and_the_service_user_may_use_the_wrapper(wrapper, monkeypatch):
    monkeypatch.setattr(wrapper, "SERVICE_USER", "daemon")
    monkeypatch.setattr(wrapper.os, "geteuid", lambda: 12345)
    with pytest.raises(SystemExit, match="as root or as daemon"):
        wrapper.become_service_user()
