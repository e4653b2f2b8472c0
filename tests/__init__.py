"""Tests of every room; a package of its own, so that no installed package of that name stands in its way."""
