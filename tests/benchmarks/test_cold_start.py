from benchmarks.cold_start import OURS, STOCK, Start, goals, row


def test_a_start_is_init_and_first_tile() -> None:
    starts = [Start(500, 100), Start(100, 300), Start(300, 500)]
    found = row(OURS, starts, [1.0, 2.0, 9.0], 150.0)
    assert (found.init_ms, found.first_ms, found.start_ms) == (300, 300, 600)
    assert (found.starts, found.tiles, found.warm_ms) == (3, 3, 2.0)


def test_goals_compare_ours_with_stock() -> None:
    ours = row(OURS, [Start(600, 100)], [10.0], 150.0)
    stock = row(STOCK, [Start(500, 500)], [40.0], 140.0)
    start, warm, memory = goals([ours, stock])
    assert (start.measured, start.reached) == (0.7, True)
    assert (warm.measured, warm.reached) == (0.25, True)
    assert (memory.measured, memory.reached) == (150.0, True)
    slower = row(OURS, [Start(800, 100)], [20.0], 250.0)
    assert [goal.reached for goal in goals([slower, stock])] == [False, False, False]
