"""The attention that a paper got, drawn from what was observed."""

from datetime import UTC, datetime, timedelta

from digest.web.signal_charts import HEIGHT, MAX_POINTS, TOP, WIDTH, draw_charts

MONDAY = datetime(2026, 1, 19, 8, tzinfo=UTC)


def observe(*values: int, kind: str = "upvotes", hours: int = 24) -> list[tuple[str, datetime, int]]:
    return [(kind, MONDAY + number * timedelta(hours=hours), value) for number, value in enumerate(values)]


def test_a_line_goes_from_the_first_day_to_the_last_and_up_to_the_most() -> None:
    [chart] = draw_charts(observe(0, 50, 100))
    assert chart.line == f"0,{HEIGHT} {WIDTH // 2},{(HEIGHT + TOP) // 2} {WIDTH},{TOP}"
    assert chart.area.startswith(f"0,{HEIGHT} ")
    assert chart.area.endswith(f" {WIDTH},{HEIGHT}")
    assert chart.label == "100 upvotes on Hugging Face"


def test_of_each_day_the_last_value_counts() -> None:
    [chart] = draw_charts(observe(1, 2, 3, 4, hours=12))
    assert [(day.day, value) for day, value in chart.points] == [(19, 2), (20, 4)]


def test_one_day_is_no_line() -> None:
    assert draw_charts(observe(1, 2, hours=1)) == []
    assert draw_charts([]) == []


def test_each_kind_has_a_chart_of_its_own_scale() -> None:
    votes, stars = draw_charts([*observe(1, 2), *observe(100, 20_000, kind="stars")])
    assert (votes.kind, stars.kind) == ("upvotes", "stars")
    assert votes.line.endswith(f",{TOP}")
    assert stars.line.endswith(f",{TOP}")
    assert stars.label == "20,000 stars"


def test_nothing_but_zeros_is_a_line_at_the_bottom() -> None:
    [chart] = draw_charts(observe(0, 0))
    assert chart.line == f"0,{HEIGHT} {WIDTH},{HEIGHT}"


def test_a_long_time_is_thinned_out_and_keeps_its_last_day() -> None:
    [chart] = draw_charts(observe(*range(1000)))
    assert len(chart.points) <= MAX_POINTS
    assert chart.last[1] == 999
