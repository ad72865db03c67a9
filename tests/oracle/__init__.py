"""An independent calculator for the clocks of docs/clocks.md, to compare the core with.

One call reads a case (the dict of a parsed case file) under one lens at one instant:

    from tests.oracle.calculator import units_of
    units = units_of(case, lens, now)

For several lenses on one case, read the record once:

    from tests.oracle.calculator import Record
    from tests.oracle.reading import minute
    record = Record(case, minute(case["now"]))
    units = record.units(lens)

A lens is a dict of the settings named in docs/clocks.md; settings left out are the template's
(`tests.oracle.presets.TEMPLATE`). A unit is a dict with tickets, clock, cycle, started_at, due_at,
ended_at, state, verdict, used, wall, flags; instants are whole minutes since the epoch
(`reading.minute` and `reading.instant` convert), seconds are dropped. The cycle of a restore unit
is that of the unit of resolution it goes with. Compare both sides sorted by (tickets, clock,
cycle).

Random cases and lenses:

    import random
    from tests.oracle.generator import random_case, random_lens
    rng = random.Random(seed)
    case, lens = random_case(rng), random_lens(rng)
"""
