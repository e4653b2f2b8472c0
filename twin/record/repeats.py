"""Which results stand in the record twice?"""

import duckdb
import numpy as np

_KEY = "patient, variable, time, value, text"


def flag_repeats(cursor: duckdb.DuckDBPyConnection, import_id: int, *, keys: np.ndarray | None) -> None:
    """Flag all but one of the rows with the same patient, variable, time and value.

    The one with the lowest resource id is left without the flag, whatever the order of imports. Only patients
    for whom this import brought or took out rows are looked at.

    Parameters
    ----------
    keys
        What `prepare.series_keys` gives for the rows of this import, sorted; ``None`` where these are not all.
    """
    earlier = cursor.execute(f"SELECT EXISTS (FROM observations WHERE import_id < {import_id})").fetchone()[0]
    if keys is not None and not earlier and (np.diff(keys) != 0).all():
        return
    cursor.execute("CREATE TEMP TABLE IF NOT EXISTS touched (patient INTEGER)")
    cursor.execute(f"INSERT INTO touched SELECT DISTINCT patient FROM observations WHERE import_id = {import_id}")
    cursor.execute("""
        UPDATE observations SET flags = nullif(array_to_string(
            list_filter(string_split(flags, ','), lambda f: f <> 'repeated'), ','), '')
        WHERE contains(flags, 'repeated') AND patient IN (FROM touched)
    """)
    cursor.execute(f"""
        UPDATE observations AS o SET flags = concat_ws(',', o.flags, 'repeated')
        FROM (
            SELECT {_KEY}, min({{'id': resource_id, 'part': part}}) AS kept FROM observations
            WHERE variable IS NOT NULL AND patient IN (FROM touched)
            GROUP BY {_KEY} HAVING count(*) > 1
        ) AS twice
        WHERE o.patient = twice.patient AND o.variable = twice.variable AND o.time = twice.time
            AND o.value IS NOT DISTINCT FROM twice.value AND o.text IS NOT DISTINCT FROM twice.text
            AND {{'id': o.resource_id, 'part': o.part}} <> twice.kept
    """)
