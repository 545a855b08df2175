"""A provider and a house that trusts it, shared by the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.oidc.provider import Provider, provided
from tests.security.oidc.rig import Site, site


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with provided() as provider, site(tmp_path_factory.mktemp("oidc") / "home", provider) as made:
        yield made


@pytest.fixture
def here(shared_site: Site) -> Site:
    """The house, its provider well-behaved again."""
    fresh = Provider(url=shared_site.provider.url)
    for name, value in vars(fresh).items():
        setattr(shared_site.provider, name, value)
    return shared_site
