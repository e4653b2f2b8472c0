"""Do ``backtest`` and ``bench`` say what they left out, and measure only what was asked for?"""

import json

import numpy as np
import pandas as pd
from click.testing import CliRunner

from twin.cli.main import main


def test_backtest_says_what_it_left_out_of_values_and_treatments(tmp_path):
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(np.tile(np.arange(6) * 200, 20), unit="D")
    values = pd.DataFrame({"patient_id": np.repeat([f"p{p}" for p in range(20)], 6), "time": days})
    values = values.assign(sex="", birth_date="1960-01-01", variable="systolic_bp", value=rng.normal(130, 9, 120))
    values.loc[5, "time"] = pd.Timestamp("9000-01-01")
    values.to_csv(tmp_path / "obs.csv", index=False)
    (tmp_path / "treat.csv").write_text("patient_id,therapy,start,stop,dose\nErika,dragon root,,,\n")
    asked = ["backtest", str(tmp_path / "obs.csv"), "--holdout-days", "300", "--json"]
    result = CliRunner().invoke(main, [*asked, "--treatments", str(tmp_path / "treat.csv")])
    assert result.exit_code == 0, result.output
    problems = json.loads(result.stdout)["problems"]
    assert "values dated after today: 1 left out" in problems
    assert "treatments of patients without values: 1 left out" in problems
    assert "Erika" not in result.output and "dragon" not in result.output
