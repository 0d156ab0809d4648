"""The idiom of regions: what is learned from their tunes, who recognises it, and how it leans on what is composed.

`lines` turns any melody into key-free tokens, `corpus` reads the regional sets, `habits` are the smoothed tables that
both engines ask, `classifier` tells regions apart, `train` and `evaluate` are the commands. What is learned lies in
``weights/`` with a record that names every source and licence; a region without clean data speaks by grammar alone.
"""
