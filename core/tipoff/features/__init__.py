"""Features: the engine that keeps builders' tables in step with what they are computed from.

`tipoff.features.engine.build` computes the seasons of one builder whose inputs changed. The parts:
``partitions`` (which seasons those are), ``context`` (what `compute` sees), ``result`` (whether its answer
keeps the contract), ``storing`` (writing what differs), ``laws`` (what any builder must obey, for tests).
"""
