def test_x(implementation): pass
