"""The engine: training runs, their processes, their record. No Qt here, and no torch outside `engine.rank`."""
