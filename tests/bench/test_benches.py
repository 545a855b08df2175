"""Each measurement works, at its smallest; what it finds on a machine busy with tests is no condition."""

from __future__ import annotations

import json

import pytest

from bench.__main__ import BENCHES, main

UNITS = {"ms", "s", "/s", "%", "µs", "x", "MB", "MB PSS", ""}


@pytest.mark.parametrize("name", BENCHES)
def test_a_measurement_gives_figures_with_the_load_under_which_they_were_taken(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--trial", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["machine"].keys() == {"cores", "python", "implementation", "system"}
    assert told["reports"]
    for report in told["reports"]:
        assert report["name"] == name
        assert report["load_before"] >= 0
        assert report["load_after"] >= 0
        assert report["figures"]
        for figure in report["figures"]:
            assert figure["value"] >= 0
            assert figure["unit"] in UNITS
            assert (figure["aim"] is None) == (figure["met"] is None)
