from __future__ import annotations

from tipoff.modelling import pipeline


def test_smoke(toy):
    ref = pipeline.prepare(toy)
    print(ref)
    for m in toy.registry.models:
        t = pipeline.train(toy, m.name, ref)
        e = pipeline.evaluate_version(toy, t)
        print(e)
        print(pipeline.register(toy, e))
    up = pipeline.upcoming(toy)
    print(up)
    p = [pipeline.predict(toy, m.name, up) for m in toy.registry.models]
    print(p)
    print(pipeline.store(toy, p))
    print(pipeline.store(toy, p))
    print(pipeline.grade(toy))
    for r in toy.rows("select * from models.event"):
        print(r)
