"""What does the worklist know of every patient on one day?"""

from datetime import date

import duckdb
import numpy as np
import pandas as pd

from twin.variables import registry


def _measured(*left_out: str) -> str:
    """Return the SQL of all values, the added ones among them, without those marked in one of these ways."""
    kinds = ", ".join(f"'{kind}'" for kind in left_out)
    hold = "FROM corrections JOIN patients ON patient_id = patients.resource_id WHERE undone IS NULL AND kind"
    return (
        "(SELECT patient, variable, time, value, o.resource_id FROM observations AS o ANTI JOIN "
        f"(SELECT patient, variable, time, value {hold} IN ({kinds})) AS marked ON o.patient = marked.patient "
        "AND o.variable = marked.variable AND o.value = marked.value AND CAST(o.time AS TIMESTAMP_S) = marked.time "
        "WHERE value IS NOT NULL UNION ALL SELECT patient, variable, time, value, 'correction/' || correction_id "
        f"{hold} = 'added')"
    )


def read_panel(cursor: duckdb.DuckDBPyConnection, on: date) -> pd.DataFrame:
    """Return one row a patient, sorted by family and given name.

    Columns: id, family, given, prefix, birth_date, sex, identifier, is_synthetic, deceased, is_deceased, data_until,
    smoking; of each variable with data its latest value on or before the day, as corrected, and ``<variable>_time``;
    ``takes_<class>``, ``has_<concept>`` (top level, active) and ``had_<concept>`` (whole path, ever) as booleans.
    """
    frame = cursor.execute(
        "SELECT patient, resource_id AS id, family, given, prefix, birth_date, sex, identifier, is_synthetic, "
        "deceased, is_deceased FROM patients ORDER BY family, given, resource_id"
    ).df()
    row_of = pd.Series(np.arange(len(frame)), index=frame.pop("patient"))
    columns: dict[str, object] = {"data_until": _data_until(cursor, row_of), "smoking": _smoking(cursor, on, row_of)}
    columns |= _latest(cursor, on, row_of)
    columns |= _taken(cursor, on, row_of)
    columns |= _problems(cursor, on, row_of)
    return pd.concat([frame, pd.DataFrame(columns)], axis=1)


def _until(on: date) -> str:
    return f"CAST('{on.isoformat()}' AS DATE)"


def _data_until(cursor: duckdb.DuckDBPyConnection, row_of: pd.Series) -> np.ndarray:
    """Return the day of each patient's newest measurement."""
    days = np.full(len(row_of), np.datetime64("NaT", "s"))
    found = cursor.execute(
        f"SELECT patient, CAST(max(time) AS TIMESTAMP_S) AS day FROM {_measured('wrong')} GROUP BY patient"
    ).fetchnumpy()
    days[row_of[found["patient"]]] = found["day"].astype("M8[D]")
    return days


def _smoking(cursor: duckdb.DuckDBPyConnection, on: date, row_of: pd.Series) -> np.ndarray:
    status = np.full(len(row_of), None, object)
    found = cursor.execute(
        "SELECT patient, arg_max(text, (time, resource_id)) AS text FROM observations "
        f"WHERE variable = 'smoking_status' AND CAST(time AS DATE) <= {_until(on)} GROUP BY patient"
    ).fetchall()
    for patient, text in found:
        status[row_of[patient]] = text
    return status


def _latest(cursor: duckdb.DuckDBPyConnection, on: date, row_of: pd.Series) -> dict[str, np.ndarray]:
    """Return each variable's latest value and its time, in the order of the registry."""
    table = cursor.execute(
        "SELECT patient, variable, CAST(max(time) AS TIMESTAMP_S) AS time, "
        "arg_max(value, (time, resource_id)) AS value "
        f"FROM {_measured('wrong', 'explained')} WHERE time < {_until(on)} + INTERVAL 1 DAY GROUP BY patient, variable"
    ).to_arrow_table()
    variables = table.column("variable").to_numpy()
    rows = row_of[table.column("patient").to_numpy()].to_numpy()
    values, times = table.column("value").to_numpy(), table.column("time").to_numpy()
    columns = {}
    for name in registry():
        mine = variables == name
        if mine.any():
            columns[name] = np.full(len(row_of), np.nan)
            columns[name][rows[mine]] = values[mine]
            columns[f"{name}_time"] = np.full(len(row_of), np.datetime64("NaT", "s"))
            columns[f"{name}_time"][rows[mine]] = times[mine]
    return columns


def _booleans(prefix: str, pairs: list[tuple[str, int]], row_of: pd.Series) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, patient in pairs:
        column = columns.setdefault(f"{prefix}_{name}", np.zeros(len(row_of), bool))
        column[row_of[patient]] = True
    return columns


def _taken(cursor: duckdb.DuckDBPyConnection, on: date, row_of: pd.Series) -> dict[str, np.ndarray]:
    """Return who takes a drug of a class; one of which a correction says that no dose is taken does not count."""
    untaken = (
        "SELECT patient, ingredient FROM corrections JOIN patients ON patient_id = patients.resource_id "
        f"WHERE undone IS NULL AND kind = 'adherence' AND (time IS NULL OR CAST(time AS DATE) <= {_until(on)}) "
        "GROUP BY ALL HAVING arg_max(adherence, correction_id) = 0"
    )
    pairs = cursor.execute(
        f"SELECT DISTINCT drug_class, patient FROM medications ANTI JOIN ({untaken}) USING (patient, ingredient) "
        f"WHERE drug_class IS NOT NULL AND (start IS NULL OR start <= {_until(on)}) "
        f"AND (stop IS NULL OR stop > {_until(on)}) ORDER BY ALL"
    ).fetchall()
    return _booleans("takes", pairs, row_of)


def _problems(cursor: duckdb.DuckDBPyConnection, on: date, row_of: pd.Series) -> dict[str, np.ndarray]:
    """Return who has a problem of a general concept now, and who ever had one of a particular concept."""
    began = f"concept IS NOT NULL AND (onset IS NULL OR onset <= {_until(on)})"
    now = cursor.execute(
        f"SELECT DISTINCT split_part(concept, '/', 1) AS top, patient FROM conditions WHERE {began} "
        f"AND (abated IS NULL OR abated > {_until(on)}) ORDER BY ALL"
    ).fetchall()
    ever = cursor.execute(
        f"SELECT DISTINCT replace(concept, '/', '_') AS path, patient FROM conditions WHERE {began} ORDER BY ALL"
    ).fetchall()
    return _booleans("has", now, row_of) | _booleans("had", ever, row_of)
