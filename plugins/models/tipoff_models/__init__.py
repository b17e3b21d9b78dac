"""Forecasting models, a plugin of tipoff."""
