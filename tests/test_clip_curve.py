"""A curve instead of a clip: every way to write a table, scales, and clear words for what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.clip import Clip, measure_clip
from assistant.errors import ClipError


def read(tmp_path: Path, text: str | bytes, name: str = "curve.csv") -> Clip:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return measure_clip(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        "0,0.25\n1.5,0.5\n3,1",
        "time,value\n0,0.25\n1.5,0.5\n3,1\n",
        "Zeit;Wert\n0;0,25\n1,5;0,5\n3;1,0",
        "0\t0,25\n1,5\t0,5\n3\t1",
        "0 .25\n1.5 0.5\n3 1",
        "# drawn by hand\n\n0:00;0.25\n0:01.5;0.5\n0:03;1\n",
        "value,time\n0.25,0\n0.5,1.5\n1,3\n",
        "ms,value\n0,0.25\n1500,0.5\n3000,1\n",
        '"time","value","note"\n"0","0.25","a"\n"1.5","0.5","b"\n"3","1","c"\n',
        "\ufefftime,value\r\n0,0.25\r\n1.5,0.5\r\n3,1\r\n",
        "time,value\n0,0.25\n1.5,0.5\n3,1\n".encode("utf-16"),
    ],
)
def test_every_way_to_write_a_table_gives_the_same_curve(tmp_path: Path, text: str | bytes) -> None:
    clip = read(tmp_path, text)
    assert [(sample.at_s, sample.value) for sample in clip.arousal] == [(0, -0.5), (1.5, 0.0), (3, 1.0)]
    assert (clip.kind, clip.length_s, clip.has_length, clip.has_picture) == ("curve", 3.0, True, False)


def test_a_heart_rate_is_laid_between_calm_and_excited_and_one_false_beat_changes_little(tmp_path: Path) -> None:
    beats = [60 + step for step in range(60)]
    plain = read(tmp_path, "\n".join(f"{at},{value}" for at, value in enumerate(beats)))
    beats[30] = 900
    false = read(tmp_path, "\n".join(f"{at},{value}" for at, value in enumerate(beats)))
    values = [sample.value for sample in plain.arousal]
    assert values == sorted(values) and -1 <= values[0] < -0.7 and 0.7 < values[-1] <= 1
    apart = [abs(a.value - b.value) for a, b in zip(plain.arousal, false.arousal, strict=True)]
    assert sorted(apart)[-2] < 0.1


def test_a_curve_that_never_changes_is_neutral(tmp_path: Path) -> None:
    assert {sample.value for sample in read(tmp_path, "0,72\n10,72\n").arousal} == {0.0}


def test_a_long_recording_keeps_its_shape_in_fewer_points(tmp_path: Path) -> None:
    clip = read(tmp_path, "\n".join(f"{at / 100},{(at // 5000) % 2}" for at in range(20_000)))
    assert len(clip.arousal) <= 2000 and clip.length_s == pytest.approx(199.99)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("time,value\n0,calm\n1,wild\n", "line 2: '0, calm'; a table of times and values"),
        ("0,0.5\n", "of 1 row; two rows at least"),
        ("time,value\n", "of 0 row"),
        ("0,0.1\n2,0.2\n1,0.3\n", "line 3, where 1 follows 2; times that rise"),
        ("0,0.1\n0,0.2\n", "where 0 follows 0"),
        ("0,0.1\n1,nan\n", "line 2"),
        ("0,0.1\n1,inf\n", "line 2"),
        ("0,0.1\n1,\n", "line 2"),
        ("-1,0.1\n1,0.5\n", "line 1"),
        ("7\n8\n9\n", "line 1"),
        ("\n\n", "without a line"),
        (b"\0\1\2\3" * 10, "no text"),
        ("0,1e400\n1,2\n", "line 1"),
    ],
)
def test_what_is_no_curve_says_which_line_and_what_is_wanted(tmp_path: Path, text: str | bytes, match: str) -> None:
    with pytest.raises(ClipError, match=match):
        read(tmp_path, text)


def test_a_curve_beyond_the_limit_is_cut_there_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("0,0\n10,1\n100,0\n")
    clip = measure_clip(tmp_path / "long.csv", max_s=20)
    assert clip.length_s == 10 and [remark.code for remark in clip.remarks] == ["clip_too_long"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.text(alphabet='0123456789.,;:\t\n -eE+naif#"', max_size=60)))
def test_any_text_is_a_curve_or_refused(tmp_path: Path, text: str) -> None:
    try:
        clip = read(tmp_path, text)
    except ClipError as error:
        assert "curve.csv" in str(error)
    else:
        assert all(-1 <= sample.value <= 1 for sample in clip.arousal)
