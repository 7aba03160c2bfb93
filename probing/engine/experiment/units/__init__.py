"""The units of a run's work, whoever computes them: some texts of a pass, the fits of some blocks.

A unit is one committed file, named by what it holds: to compute it again changes nothing.
"""
