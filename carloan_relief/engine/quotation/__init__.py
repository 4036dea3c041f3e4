"""The JSON contract of the engine: an object in, an object out, no database."""
