"""What both faces say of an exception that is our own mistake."""

from __future__ import annotations


def mistake(error: BaseException) -> str:
    """Say that something is our own mistake, by type and place: its text could hold a value of the program."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace is not None else ""
    return f"This is a mistake in hyperv-migration ({type(error).__name__}{where}); nothing more was done. Please report it."
