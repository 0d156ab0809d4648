"""Cuewright: describe a scene, get a cue that fits it, and a list of what it did.

The line of data, station by station (every arrow is one function, every noun one frozen value)::

    Brief + Clip -> Constraints -> Plan -> Score -> Waveform -> Findings -> Delivery
    brief   clip    interpret      plan    models   render      check      deliver
                        ^                                                     |
                        +------------ feedback <- the person's reply <-------+

Importing this package touches no file, network or accelerator.
"""

__version__ = "0.1.0"
