"""Settings describe a site and do nothing: production starts with all it needs, or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = {
    "SECRET_KEY": "for-this-test-only-and-as-long-as-a-key-of-a-site-has-to-be",
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "ALLOWED_HOSTS": "www.council.example",
    "SITE_URL": "https://www.council.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.council.example:587",
    "DATABASE_URL": "postgres://user:password@db.council.example:5432/prevent",
    "VAR_DIR": "FOLDER/var",
}


def import_settings(name, folder, environment):
    if "VAR_DIR" in environment:
        environment = {
            **environment,
            "VAR_DIR": environment["VAR_DIR"].replace("var", f"{folder}/var"),
        }
    return subprocess.run(
        [sys.executable, "-c", f"import cms.settings.{name}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_all_it_needs(tmp_path):
    done = import_settings("production", tmp_path, REQUIRED)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("value", [None, " "], ids=["missing", "empty"])
@pytest.mark.parametrize("name", REQUIRED)
def test_production_does_not_start_without_a_required_setting(tmp_path, name, value):
    given = {**REQUIRED, name: value} if value else {k: REQUIRED[k] for k in REQUIRED if k != name}
    done = import_settings("production", tmp_path, given)
    assert done.returncode != 0
    assert f"The environment variable {name} is missing. Set it to a value like" in done.stderr


@pytest.mark.parametrize("name", ["base", "dev", "test", "production"])
def test_importing_settings_writes_nothing(tmp_path, name):
    database = f"sqlite:///{tmp_path}/data/site.sqlite3"
    done = import_settings(name, tmp_path, {**REQUIRED, "DATABASE_URL": database})
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


APPS = "import cms.settings.production as s; print(*s.INSTALLED_APPS)"
WITHOUT = "import sys; sys.modules['jwt'] = None; "


def python(code, environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **REQUIRED, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_openid_connect_is_installed_only_where_an_issuer_is_named():
    plain = python(APPS, {})
    assert "allauth.mfa" in plain.stdout
    assert "socialaccount" not in plain.stdout
    with_issuer = python(APPS, {"OIDC_SERVER_URL": "https://login.example/tenant/v2.0"})
    assert "allauth.socialaccount.providers.openid_connect" in with_issuer.stdout


def test_an_issuer_without_the_packages_says_what_to_install():
    assert python(WITHOUT + APPS, {}).returncode == 0
    done = python(WITHOUT + APPS, {"OIDC_SERVER_URL": "https://login.example/tenant/v2.0"})
    assert done.returncode != 0
    assert "pip install --require-hashes -r deploy/requirements-oidc.lock" in done.stderr
